--- The contract of connectors: what must hold of each, whatever it reads. Run by `spec.contract`.
---
--- A claim raises an error of kind data that says what to mend.
local env = require "tideway.env"
local errors = require "tideway.core.errors"
local json = require "tideway.json"
local log = require "tideway.log"
local options = require "tideway.internal.options"
local printer = require "tideway.internal.printer"
local spec = require "tideway.spec"
local values = require "tideway.values"

local M = {}

local FIELDS = { "empty", "failing", "open_connections", "options", "requests", "secrets" }

local function fail(text, hint) errors.raise("data", text, hint) end

local function copy(map, changes)
  local result = {}
  for key, value in pairs(map) do result[key] = value end
  for key, value in pairs(changes or {}) do result[key] = value end
  return result
end

-- Opens a source for `fn`, and closes it whatever happens.
local function with_source(try, fn, opened_with)
  local source = try.connector(opened_with or copy(try.given.options))
  local ok, err = pcall(fn, source)
  local closed, why = pcall(source.close, source)
  if not ok then error(err, 0) end
  if not closed then error(why, 0) end
end

-- The pages of a request as one list, and their number.
local function fetch_all(source, request)
  local rows, pages = {}, 0
  for page in source:fetch(request) do
    pages = pages + 1
    for _, row in ipairs(page) do rows[#rows + 1] = row end
  end
  return rows, pages
end

-- A usage error that names `name`; `what` was done to earn it.
local function expect_usage(what, name, fn, hint)
  local ok, err = pcall(fn)
  if ok then fail(what .. ": there was no error", hint) end
  err = errors.to_error(err)
  if err.kind ~= "usage" or not tostring(err.message):find(name, 1, true) then
    fail(("%s: the error should be of kind usage and name `%s`, but is of kind %s: %s"):format(what, name,
      tostring(err.kind), tostring(err.message)), hint)
  end
end

local function expect_none_open(try, when)
  local open = try.given.open_connections and try.given.open_connections() or 0
  if open > 0 then
    fail(("%s, %d connections are still open"):format(when, open), "the function `close` must end what `connect` began")
  end
end

-- Rows as the dataset gives them: a value in each column, null where there is none.
local function complete(rows, columns)
  local completed = {}
  for i, row in ipairs(rows) do
    completed[i] = {}
    for column in pairs(columns) do
      local value = row[column]
      completed[i][column] = value == nil and values.null or value
    end
  end
  return completed
end

local SECRET_WORDS = { "token", "password", "passwd", "secret", "api_key", "apikey", "credential" }

local function sounds_secret(name)
  for _, word in ipairs(SECRET_WORDS) do
    if name:find(word, 1, true) then return true end
  end
end

-- The claims, each a name and a function of what the contract is tried with; some need a field of it.
local claims = {}
local function claim(name, check, needs) claims[#claims + 1] = { name = name, check = check, needs = needs } end

claim("declares what holds a secret as one", function(try)
  for _, name in ipairs(options.sorted_keys(try.connector.options)) do
    if sounds_secret(name) and try.connector.options[name].type ~= "secret" then
      fail(("option `%s` holds a secret by its name, but is a %s"):format(name, try.connector.options[name].type),
        'declare it with type = "secret"')
    end
  end
end)

claim("refuses an option that it does not know", function(try)
  expect_usage("opened with an unknown option", "no_such_option", function()
    with_source(try, function() end, copy(try.given.options, { no_such_option = 1 }))
  end, "an option with a mistake in its name must not be passed over")
end)

-- The options that are given and have no default to stand in for them.
local function without_default(try)
  local found = {}
  for name, declared in pairs(try.connector.options) do
    if declared.default == nil and try.given.options[name] ~= nil then found[name] = declared end
  end
  return found
end

claim("names an option that is missing", function(try)
  for name in pairs(without_default(try)) do
    local rest = copy(try.given.options)
    rest[name] = nil
    local ok, err = pcall(with_source, try, function(source) fetch_all(source, try.given.requests[1]) end, rest)
    if not ok or try.connector.options[name].required then
      expect_usage(("opened without the option `%s`"):format(name), name, function()
        if not ok then error(err, 0) end
      end, "give it a default, or declare it with required = true")
    end
  end
end)

claim("refuses a request that it does not know", function(try)
  expect_usage("asked with an unknown field", "no_such_field", function()
    with_source(try, function(source) fetch_all(source, copy(try.given.requests[1], { no_such_field = 1 })) end)
  end, "a field with a mistake in its name must not be passed over")
end)

claim("gives all columns and no rows of an empty result", function(try)
  with_source(try, function(source)
    local columns = {}
    for name in pairs(source:describe().columns) do columns[#columns + 1] = name end
    table.sort(columns)
    local rows = source:rows(try.given.empty)
    local names = {}
    for i, column in ipairs(rows:columns()) do names[i] = column.name end
    spec.expect(names):equals(columns)
    spec.expect(rows:collect()):equals {}
  end)
end)

claim("gives every value back as transform made it", function(try)
  with_source(try, function(source)
    local columns, filled = source:describe().columns, {}
    for _, request in ipairs(try.given.requests) do
      local made = complete(fetch_all(source, request), columns)
      if #made == 0 then fail("a request of `requests` has no rows: " .. json.encode(request)) end
      spec.expect(copy(source:rows(request):collect())):equals(made)
      for _, row in ipairs(made) do
        for column, value in pairs(row) do filled[column] = filled[column] or value ~= values.null end
      end
    end
    for _, column in ipairs(options.sorted_keys(columns)) do
      if not filled[column] then
        fail(("no row of `requests` has a value in column `%s`"):format(column),
          "make `transform` fill it, give a request that has one, or do not declare it")
      end
    end
  end)
end)

claim("gives the same rows again", function(try)
  with_source(try, function(source)
    for _, request in ipairs(try.given.requests) do
      local first = fetch_all(source, copy(request))
      spec.expect((fetch_all(source, copy(request)))):equals(first)
    end
  end)
end)

claim("keeps the order of several requests", function(try)
  with_source(try, function(source)
    local one_by_one, requests = {}, {}
    for _ = 1, 2 do
      for _, request in ipairs(try.given.requests) do
        requests[#requests + 1] = request
        for _, row in ipairs(source:rows(request):collect()) do one_by_one[#one_by_one + 1] = row end
      end
    end
    spec.expect(source:rows(requests):collect()):equals(one_by_one)
  end)
end)

-- The request of `requests` that has several pages, with the number of its rows.
local function long_request(try)
  local found, rows
  with_source(try, function(source)
    for _, request in ipairs(try.given.requests) do
      local all, pages = fetch_all(source, request)
      if pages > 1 then found, rows = request, #all end
    end
  end)
  if not found then
    fail("no request of `requests` has a second page, so that none can end half-way",
      "give one, by options that make the pages small")
  end
  return found, rows
end

claim("gives all rows or an error when it is closed half-way", function(try)
  local request, count = long_request(try)
  local source = try.connector(copy(try.given.options))
  local next_page = source:fetch(request)
  next_page()
  source:close()
  expect_usage("asked for a second page after close()", "closed", next_page, "a closed source must raise an error")
  expect_none_open(try, "after a close half-way")

  source = try.connector(copy(try.given.options))
  log.listen(function(line) -- of the first page
    if line:find(": fetch ", 1, true) then source:close() end
  end)
  local ok, rows = pcall(function() return source:rows(request):count() end)
  log.listen(nil)
  source:close()
  if ok and rows ~= count then fail(("closed half-way, it gave %d rows of %d"):format(rows, count)) end
  expect_none_open(try, "after a close of a source at work")
end)

claim("raises an error when the other side fails", function(try)
  local ok, err = pcall(with_source, try, function(source) source:rows(try.given.failing) end,
    copy(try.given.options, { retry = { tries = 1 } }))
  if ok then
    fail("the other side failed, but rows were given without an error",
      "do not catch errors in `fetch`, and check what comes: a short dataset must not be published")
  end
  err = errors.to_error(err)
  if err.kind == "script" or err.kind == "internal" then
    fail(("the other side failed, and the error is of kind %s: %s"):format(err.kind, tostring(err.message)),
      'raise one that tells why: error { kind = "network", message = "..." }')
  end
  expect_none_open(try, "after a failure")
end, "failing")

claim("closes twice", function(try)
  local source = try.connector(copy(try.given.options))
  fetch_all(source, try.given.requests[1])
  for _, time in ipairs { "first", "second" } do
    local ok, err = pcall(source.close, source)
    if not ok then fail(("the %s close() failed: %s"):format(time, errors.to_error(err).message)) end
  end
  expect_none_open(try, "after close()")
  expect_usage("asked after close()", "closed", function() source:rows(try.given.requests[1]) end,
    "a closed source must raise an error")
end)

claim("describes itself in plain data", function(try)
  with_source(try, function(source)
    local facts = source:describe()
    if not pcall(json.encode, facts) then fail("describe() gives what is not plain data") end
    spec.expect(facts.name):equals(try.connector.name)
    spec.expect(facts.summary):equals(try.connector.summary)
  end)
end)

-- All texts that a person could see of a source's life, by where.
local function seen(try)
  local texts = {}
  local function see(where, value) texts[#texts + 1] = { where = where, text = tostring(value) } end
  local function see_error(err)
    while type(err) == "table" do
      for _, field in ipairs { "message", "hint", "traceback" } do see("an error", err[field]) end
      err = err.cause
    end
  end
  local stream = printer.stream
  printer.stream = { write = function(_, ...) see("what it prints", table.concat { ... }) end }
  log.listen(function(text) see("the log", text) end)
  local ok, err = pcall(with_source, try, function(source)
    see("tostring(source)", source)
    see("describe()", json.encode(source:describe()))
    local requests = copy(try.given.requests)
    requests[#requests + 1] = try.given.failing
    for _, request in ipairs(requests) do
      local fetched, rows = pcall(source.rows, source, request)
      if fetched then see("the plan", rows:plan()) else see_error(errors.to_error(rows)) end
    end
  end, copy(try.given.options, { retry = { tries = 2, base_s = 0 } }))
  if not ok then see_error(errors.to_error(err)) end
  log.listen(nil)
  printer.stream = stream
  return texts
end

local function hide(text, secret) return (text:gsub(secret:gsub("%p", "%%%0"), "[secret]")) end

claim("shows no secret in errors, logs and facts", function(try)
  for _, text in ipairs(seen(try)) do
    for _, secret in ipairs(try.given.secrets) do
      if text.text:find(secret, 1, true) then
        fail(("a secret is seen in %s: %s"):format(text.where, hide(text.text, secret)),
          "pass secrets on as they are, and only to calls that take them")
      end
    end
  end
end, "secrets")

local function check_given(connector, given)
  local what = "contract of " .. connector.name
  if type(given) ~= "table" then errors.raise("usage", what .. ": expects a table, not " .. type(given)) end
  options.refuse_unknown(what .. ": unknown field", given, FIELDS)
  for _, field in ipairs { "options", "requests", "empty" } do
    if type(given[field]) ~= "table" then errors.raise("usage", ("%s: field `%s` is missing"):format(what, field)) end
  end
  if #given.requests == 0 then errors.raise("usage", what .. ": `requests` must be a list of at least one request") end
  for name, value in pairs(given.options) do
    if env.kind(value) == "secret" and not given.secrets then
      errors.raise("usage", ("%s: option `%s` is a secret, so field `secrets` is missing"):format(what, name),
        "give the texts that must not be seen: secrets = { ... }")
    end
  end
end

--- Gives the claims about a connector, each with a function that raises an error unless it holds.
---@param connector table
---@param given table see `tideway.spec.Contract`
---@return {name: string, check: function}[]
function M.claims(connector, given)
  check_given(connector, given)
  local try, list = { connector = connector, given = given }, {}
  for _, entry in ipairs(claims) do
    if not entry.needs or given[entry.needs] then
      list[#list + 1] = { name = entry.name, check = function() entry.check(try) end }
    end
  end
  return list
end

return M
