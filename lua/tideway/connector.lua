--- Connectors of your own: four functions in Lua for a source that Tideway does not know.
---
--- ```lua
--- local tickets = tw.connector {
---   name      = "tickets",
---   summary   = "Tickets of a help desk.",
---   options   = { token = { type = "secret", required = true, doc = "Who asks." } },
---   request   = { queue = { type = "string", required = true, doc = "The queue to read." } },
---   columns   = { id = "int64", title = "string" },
---   connect   = function(options) return { token = options.token } end,
---   fetch     = function(connection, request)
---     local answer = tw.http.get("https://desk.example.org/tickets", { query = request, token = connection.token })
---     return answer:json().tickets, answer:json().next     -- the records of a page; what to ask for the next, or nil
---   end,
---   transform = function(record) return { id = record.number, title = record.subject } end,
---   describe  = function() return { freshness = "as of now" } end,
--- }
---
--- local source = tickets { token = tw.env "DESK_TOKEN", rate = "2/s, burst 5", pool = 4 }
--- source:rows({ queue = "water" }):write_parquet "out/water.parquet"
--- source:close()
--- ```
---
--- The rest comes for free. Options and requests are checked and completed by their declarations. Connections are
--- opened when they are needed, used again, and closed after an error. Each call of `fetch` waits for its turn; what
--- may succeed later is tried again. Each leaves a line in the run's log, and the receipt has each request with the
--- number and hash of its rows. With a `queue`, requests outlive the process that made them.
---
--- A connector belongs into a module beside the script, such as `lib/connectors/tickets.lua`, which returns it:
--- `local tickets = require "connectors.tickets"`. Its specs run the contract that holds for all: see `spec.contract`.
local connection_pool = require "tideway.internal.connection_pool"
local contract = require "tideway.internal.connector_contract"
local errors = require "tideway.core.errors"
local gather = require "tideway.core.gather"
local core_path = require "tideway.core.path"
local json = require "tideway.json"
local limiter = require "tideway.limiter"
local log = require "tideway.log"
local options = require "tideway.internal.options"
local queue = require "tideway.queue"
local retry = require "tideway.internal.retry"
local tasks = require "tideway.tasks"
local time = require "tideway.time"
local values = require "tideway.core.values"

local M = {}

--- An option, or a field of a request.
---@class tideway.connector.Option
---@field type "string"|"integer"|"number"|"boolean"|"table"|"function"|"secret" A secret is given as `tw.env`.
---@field doc string What it is for.
---@field default? any The value where none is given.
---@field required? boolean Without it nothing goes. Default false.

--- When to ask again: what an error calls `retryable`.
---@class tideway.connector.Retry
---@field tries? integer Tries in all. Default 5.
---@field base_s? number A random time passes between tries: up to this, then twice, four times as long. Default 1.
---@field cap_s? number But at most this. Default 60.
---@field deadline_s? number After as many seconds there is no other try. Default 600.

--- What every connector takes beside its own options.
---@class tideway.connector.SourceOptions
---@field pool? integer Connections at once. Default 4.
---@field rate? string|tideway.Limiter Each call of `fetch` and `describe` waits for a turn: `"2/s, burst 5"`.
---@field retry? tideway.connector.Retry
---@field queue? string|tideway.Queue Where requests of `push` wait for `work`: a queue, or its name.

--- What the functions of a connector are given to work with.
---@class tideway.connector.Tools
---@field log fun(text: string, ...: any) Writes a line to the log, with the connector's name, as `tw.log.info` does.
---@field options table<string, any> The source's, checked and complete.

--- How a connector is declared.
---@class tideway.connector.Declaration
---@field name string A word in lower case.
---@field summary string What it reads, in a sentence.
---@field connect fun(options: table, tools: tideway.connector.Tools): any Gives a connection: any value.
---@field fetch fun(connection: any, request: any, tools: tideway.connector.Tools): table[], any Gives a page.
---@field transform fun(record: any): table? Gives the row of a record, or nil to leave it out.
---@field describe fun(connection: any, tools: tideway.connector.Tools): table Gives plain facts, such as `count`.
---@field close? fun(connection: any) Ends a connection.
---@field options? table<string, tideway.connector.Option> Default: none.
---@field request? table<string, tideway.connector.Option> The fields of a request. Default: none.
---@field columns? table<string, string> Type by column. Default: what `describe` gives as `columns`.

local FIELDS = {
  close = "function", columns = "table", connect = "function", describe = "function", fetch = "function",
  name = "string", options = "table", request = "table", summary = "string", transform = "function",
}
local OPTIONAL = { close = true, columns = true, options = true, request = true }
local COMMON = { "pool", "queue", "rate", "retry" }

--- A connector. Made by `tw.connector`.
---@class tideway.Connector
---@field name string
---@field summary string
---@field options table<string, tideway.connector.Option>
---@field request table<string, tideway.connector.Option>
---@field columns table<string, string>?
---@field package verbs table<string, function>
local Connector = { __name = "tideway.Connector" }
Connector.__index = Connector

--- A connector with its options, ready to be asked. Made by calling a connector.
---@class tideway.Source
---@field package connector tideway.Connector
---@field package pool table
---@field package limiter tideway.Limiter?
---@field package queue tideway.Queue?
---@field package retry table
---@field package tools tideway.connector.Tools
---@field package types table<string, string>?
local Source = { __name = "tideway.Source" }
Source.__index = Source

-- declaration

local function check_fields(declaration)
  if type(declaration) ~= "table" then
    errors.raise("usage", "tw.connector: expects a table, not " .. values.type_name(declaration))
  end
  options.refuse_unknown("tw.connector: unknown field", declaration, options.sorted_keys(FIELDS))
  for _, field in ipairs(options.sorted_keys(FIELDS)) do
    local value = declaration[field]
    if value == nil and not OPTIONAL[field] then
      errors.raise("usage", ("tw.connector: field `%s` is missing"):format(field))
    elseif value ~= nil and type(value) ~= FIELDS[field] then
      errors.raise("usage", ("tw.connector: field `%s` must be a %s, not %s"):format(field, FIELDS[field],
        values.type_name(value)))
    end
  end
  if not declaration.name:find "^%l[%w_]*$" then
    errors.raise("usage", "tw.connector: name must be a word in lower case: " .. declaration.name)
  end
end

local function check_values(name, declaration)
  local own, request = declaration.options or {}, declaration.request or {}
  options.check_declarations(name .. ": option", own)
  options.check_declarations(name .. ": request: field", request)
  for _, common in ipairs(COMMON) do
    if own[common] then
      errors.raise("usage", ("%s: option `%s` is one that every connector has"):format(name, common))
    end
  end
  for field, declared in pairs(request) do
    if declared.type == "secret" or declared.type == "function" then
      errors.raise("usage", ("%s: request: field `%s`: a request is plain data, which the log and the receipt show")
        :format(name, field), "make it an option")
    end
  end
  if declaration.columns then gather.check_columns(declaration.columns) end
end

--- Declares a connector.
---
--- `fetch` gives a page: a list of records, and the request that gives the next page, or nil after the last one.
--- What tells the pages apart is in that request, not in the connection, so that a page can be asked for again on
--- another connection. `transform` is called for each record in order, one after the other; work that is worth every
--- core belongs into a `map` of the dataset. Other columns than those declared are an error of kind `data`.
---
--- A function that fails raises an error; `error { kind = "network", message = "...", retryable = true }` is one that
--- is worth another try. `tw.http` raises such errors itself.
---
--- Calling the connector is the same as its method `open`. Raises `usage` for a declaration that is not whole.
---@param declaration tideway.connector.Declaration
---@return tideway.Connector
function M.connector(declaration)
  check_fields(declaration)
  check_values(declaration.name, declaration)
  local verbs = {}
  for _, verb in ipairs { "connect", "fetch", "transform", "describe", "close" } do verbs[verb] = declaration[verb] end
  return setmetatable({
    name = declaration.name,
    summary = declaration.summary,
    options = declaration.options or {},
    request = declaration.request or {},
    columns = declaration.columns,
    verbs = verbs,
  }, Connector)
end

function Connector:__tostring() return "tideway.Connector: " .. self.name end

-- opening

local function limiter_of(name, rate)
  if rate == nil or values.type_name(rate) == "tideway.Limiter" then return rate end
  if type(rate) == "string" then return limiter.new(rate) end
  errors.raise("usage", name .. ": option `rate` must be a rate or a limiter, not " .. values.type_name(rate),
    'write it as "2/s, burst 5"')
end

local function queue_of(name, given)
  if given == nil or values.type_name(given) == "tideway.Queue" then return given end
  if type(given) == "string" then return queue.open(given) end
  errors.raise("usage", name .. ": option `queue` must be a queue or its name, not " .. values.type_name(given),
    'write queue = "NAME", or queue = tw.queue.open("NAME", { ... })')
end

local function check_pool(name, size)
  if size == nil then return 4 end
  if type(size) == "number" and size % 1 == 0 and size >= 1 and size <= 1000 then return size end
  errors.raise("usage", name .. ": option `pool` must be a whole number from 1 to 1000: " .. tostring(size))
end

-- The connector's own options and the common ones, apart.
local function divide(name, declared, given)
  if type(given) ~= "table" then
    errors.raise("usage", name .. ": options are a table, not " .. values.type_name(given))
  end
  local known = options.sorted_keys(declared)
  for _, common in ipairs(COMMON) do known[#known + 1] = common end
  options.refuse_unknown(name .. ": unknown option", given, known)
  local own, common = {}, {}
  for key, value in pairs(given) do (declared[key] and own or common)[key] = value end
  return options.check(name .. ": option", declared, own), common
end

local function tools_of(name, checked)
  return {
    options = checked,
    log = function(text, ...)
      if select("#", ...) > 0 then text = text:format(...) end
      log.info("%s: %s", name, text)
    end,
  }
end

-- Opens one connection.
local function connect(source)
  local connector = source.connector
  local connection = connector.verbs.connect(source.tools.options, source.tools)
  if connection ~= nil then return connection end
  errors.raise("script", connector.name .. ": connect: must give a connection, not nil",
    "where there is nothing to connect to, return {}")
end

--- Opens a source. Nothing is connected before something is asked.
---
--- Raises `usage` for unknown, missing and mistyped options.
---@param given? table<string, any> Its own options, and those of `tideway.connector.SourceOptions`.
---@return tideway.Source
function Connector:open(given)
  local own, common = divide(self.name, self.options, given or {})
  local source = setmetatable({
    connector = self,
    limiter = limiter_of(self.name, common.rate),
    queue = queue_of(self.name, common.queue),
    retry = retry.rule(self.name, common.retry),
    tools = tools_of(self.name, own),
  }, Source)
  source.pool = connection_pool.new(self.name, check_pool(self.name, common.pool),
    function() return connect(source) end,
    function(connection) if self.verbs.close then self.verbs.close(connection) end end)
  return source
end

Connector.__call = Connector.open

--- Gives what must hold of every connector as a list of claims, for `spec.contract`.
---@param given tideway.spec.Contract
---@return {name: string, check: function}[]
---@private
function Connector:claims(given) return contract.claims(self, given) end

function Source:__tostring() return "tideway.Source: " .. self.connector.name end

-- asking

-- Calls a verb once with a connection, which is closed when the verb fails.
local function ask_once(source, verb, ...)
  local pool = source.pool
  local connection = pool:take()
  local ok, first, second = pcall(function(...)
    if source.limiter then source.limiter:acquire() end
    return source.connector.verbs[verb](connection, ...)
  end, ...)
  if ok then
    pool:give_back(connection)
    return first, second
  end
  local closed, why = pcall(pool.drop, pool, connection)
  if not closed then log.warn("%s: close: %s", source.connector.name, errors.to_error(why).message) end
  error(first, 0)
end

-- Raises the error again, with what was asked before its message.
local function fail(what, err)
  err = errors.to_error(err)
  error(setmetatable({
    kind = err.kind or "script", message = what .. ": " .. tostring(err.message), hint = err.hint, where = err.where,
    retryable = err.retryable or false, retry_after_s = err.retry_after_s, cause = err.cause, traceback = err.traceback,
  }, errors.metatable "tideway.Error"), 0)
end

-- Calls a verb until it succeeds; gives its results, and the seconds and tries that it took.
local function ask(source, what, verb, ...)
  local began, arguments = time.monotonic(), { n = select("#", ...), ... }
  local ok, first, second, tries = pcall(retry.call, what, source.retry, function()
    return ask_once(source, verb, unpack(arguments, 1, arguments.n))
  end)
  if not ok then fail(what, first) end
  return first, second, ("%.2f s, %d %s"):format(time.monotonic() - began, tries, tries == 1 and "try" or "tries")
end

local function text_of(name, request)
  local ok, text = pcall(json.encode, request)
  if ok then return text end
  errors.raise("usage", name .. ": a request must be plain data: " .. errors.to_error(text).message)
end

local function row_of(source, record, what)
  local ok, row = pcall(source.connector.verbs.transform, record)
  if not ok then fail(what, row) end
  if row == nil then return nil end
  if type(row) ~= "table" then
    errors.raise("data", ("%s: must give a row or nil, not %s"):format(what, values.type_name(row)))
  end
  for column in pairs(row) do
    if not source.types[column] then
      local known = options.sorted_keys(source.types)
      errors.raise("data", ("%s: no column `%s` is declared"):format(what, tostring(column))
        .. errors.did_you_mean(tostring(column), known), "columns: " .. table.concat(known, ", "))
    end
  end
  return row
end

local function check_records(what, records)
  if type(records) ~= "table" then
    errors.raise("data", ("%s: must give a list of records, not %s"):format(what, values.type_name(records)),
      "where there are none, return {}")
  end
  local key = next(records)
  if key ~= nil and #records == 0 then
    errors.raise("data", ("%s: must give a list of records, not a table with the key `%s`"):format(what, tostring(key)))
  end
end

-- One page: its rows, and the request for the next.
local function fetch_page(source, request)
  local name = source.connector.name
  local asked = text_of(name, request)
  local what = name .. ": fetch " .. asked
  local records, following, effort = ask(source, what, "fetch", request, source.tools)
  check_records(what, records)
  if following ~= nil and text_of(name, following) == asked then
    errors.raise("data", what .. ": the next page is the same page", "return nil after the last page")
  end
  local rows = {}
  for i, record in ipairs(records) do
    rows[#rows + 1] = row_of(source, record, ("%s: transform: record %d"):format(what, i))
  end
  log.debug("%s: %d records, %d rows, %s", what, #records, #rows, effort)
  return rows, following
end

local function check_request(source, request)
  return options.check(source.connector.name .. ": request: field", source.connector.request, request or {})
end

-- The pages of a checked request.
local function pages(source, request)
  local following = request
  return function()
    if following == nil then return nil end
    local rows
    rows, following = fetch_page(source, following)
    return rows
  end
end

--- Gives what the connector says of itself and of what it reads: `name`, `summary`, `columns` and its own facts.
---
--- Raises `data` for what is not plain data, `usage` when no columns are known, and what `describe` raises.
---@return table facts
function Source:describe()
  local connector = self.connector
  local what = connector.name .. ": describe"
  local facts, _, effort = ask(self, what, "describe", self.tools)
  if type(facts) ~= "table" or not pcall(json.encode, facts) then
    errors.raise("data", what .. ": must give a table of plain data", "return {} where there is nothing to say")
  end
  local described = { name = connector.name, summary = connector.summary, columns = connector.columns }
  for key, value in pairs(facts) do
    if described[key] == nil then described[key] = value end
  end
  if type(described.columns) ~= "table" then
    errors.raise("usage", connector.name .. ": no columns are declared, and `describe` gives none",
      'declare them: columns = { id = "int64" }')
  end
  gather.check_columns(described.columns)
  log.debug("%s: %s", what, effort)
  return described
end

-- Sees to it that the columns are known.
local function learn_types(source)
  source.types = source.types or source.connector.columns or source:describe().columns
end

--- Goes through the rows of a request page by page, as tables: what `transform` gives.
---
--- ```lua
--- for page in source:fetch { queue = "water" } do print(#page) end
--- ```
---@param request? table Checked by the declaration of the connector.
---@return fun(): table[]?
function Source:fetch(request)
  request = check_request(self, request)
  learn_types(self)
  return pages(self, request)
end

-- The rows of a request, called by it in plans and receipts. Nil when another request has failed meanwhile, and the
-- rows are of no use.
local function gather_rows(source, request, state)
  local name = source.connector.name
  local gathered = gather.new(name .. " " .. text_of(name, request), source.types)
  for rows in pages(source, request) do
    if state.failed then return nil end
    if #rows > 0 then
      local ok, err = pcall(gather.add, gathered, source.types, rows)
      if not ok then fail(name, err) end
    end
    tasks.sleep(0)
  end
  return gather.finish(gathered)
end

-- The datasets one after the other, at most so many at a time.
local AT_A_TIME = 100
local function concat(datasets)
  while #datasets > 1 do
    local joined = {}
    for i = 1, #datasets, AT_A_TIME do
      local last = math.min(i + AT_A_TIME - 1, #datasets)
      joined[#joined + 1] = i == last and datasets[i] or datasets[i]:concat(unpack(datasets, i + 1, last))
    end
    datasets = joined
  end
  return datasets[1]
end

local function nothing(source) return gather.finish(gather.new(source.connector.name, source.types)) end

--- Fetches the rows of a request, or of a list of requests, and gives them as a dataset.
---
--- They are fetched at once, page by page, in bounded memory: what it does not hold goes to the scratch folder. All
--- rows are there, or an error is raised. Several requests are asked side by side, as many as `pool` says; their rows
--- come in the order of the list; when one fails, the others end after their page. `tideway check` connects, fetches
--- nothing and gives the columns.
---
--- ```lua
--- local rows = source:rows { { queue = "water" }, { queue = "roads" } }
--- ```
---@param request? table Or a list of them. Checked by the declaration of the connector.
---@return tideway.Dataset
function Source:rows(request)
  request = request or {}
  local is_list = type(request) == "table" and (request[1] ~= nil or values.is_array(request))
  local requests = {}
  for i, one in ipairs(is_list and request or { request }) do requests[i] = check_request(self, one) end
  learn_types(self)
  if core_path.pretends() then
    self.pool:give_back(self.pool:take())
    return nothing(self)
  end
  if #requests == 0 then return nothing(self) end
  local state = { failed = false }
  return concat(tasks.each(requests, { concurrency = self.pool.size }, function(one)
    local ok, rows = pcall(gather_rows, self, one, state)
    if ok then return rows end
    state.failed = true
    error(rows, 0)
  end))
end

-- The queue of a source, which it must have been opened with.
local function its_queue(source, verb)
  if source.queue then return source.queue end
  errors.raise("usage", ("%s: %s: the source has no queue"):format(source.connector.name, verb),
    'open it with one: queue = "NAME"')
end

--- Has a request wait in the queue of the source, and gives its id at once; `nil, "full"` when there is no room.
---
--- The request is checked first. One that waits already, or is being fetched, is not pushed again: its id is given.
---
--- ```lua
--- local source = tickets { token = tw.env "DESK_TOKEN", queue = "tickets" }
--- local id = source:push { queue = "water" }
--- source:work(function(rows, job) rows:write_parquet("out/" .. job.id .. ".parquet") end, { until_empty = true })
--- ```
---@param request? table Checked by the declaration of the connector.
---@param given? tideway.queue.PushOptions Those of `tw.queue`. Default of `key`: the request.
---@return string? id For `status`, `result` and `cancel` of the queue.
---@return "full"? why
function Source:push(request, given)
  local its, name = its_queue(self, "push"), self.connector.name
  request = check_request(self, request)
  local pushed = { key = name .. " " .. text_of(name, request) }
  for option, value in pairs(given or {}) do pushed[option] = value end
  return its:push(name, request, pushed)
end

--- Fetches the requests that wait in the queue of the source, those that other processes pushed too, and gives the rows
--- of each to `use`, whose result is that of the job. The rest is as in `Queue.work`, whose counts it returns.
---
--- What was retryable and still failed is tried again as the queue's `retry` says; any other failure of the other side
--- ends the job as dead, with its reason. `use` may run twice for one request, when its process died before the end.
---@param use fun(rows: tideway.Dataset, job: tideway.queue.Job): any
---@param given? tideway.queue.WorkOptions Without `handlers`.
---@return {done: integer, failed: integer, dead: integer, lost: integer, released: integer} counts
function Source:work(use, given)
  local its, work = its_queue(self, "work"), {}
  for option, value in pairs(given or {}) do work[option] = value end
  if work.handlers then
    errors.raise("usage", self.connector.name .. ": work: the handler is argument 1, not an option `handlers`")
  end
  work.handlers = { [self.connector.name] = function(job)
    local ok, rows = pcall(self.rows, self, job.payload)
    if ok then return use(rows, job) end
    local err = errors.to_error(rows)
    if not err.retryable and err.kind ~= "interrupted" then job:reject(err.message) end
    error(err, 0)
  end }
  return its:work(work)
end

--- Closes the connections; using the source afterwards is an error of kind `usage`, also for who is in the middle of
--- its pages. Closing again is fine.
function Source:close() self.pool:close() end

return M
