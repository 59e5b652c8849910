local checks = require "checks"
local tw = require "tideway"

-- A connector of the numbers from 1 to `request.n`, in pages of `page_size`; `changes` replaces parts of it.
local function declaration(changes)
  local declared = {
    name = "numbers",
    summary = "Numbers.",
    options = { page_size = { type = "integer", default = 2, doc = "Numbers in a page." } },
    request = {
      n = { type = "integer", required = true, doc = "The last number." },
      from = { type = "integer", default = 1, doc = "The first number." },
    },
    columns = { n = "int64", text = "string" },
    connect = function() return {} end,
    fetch = function(_, request, tools)
      local page, last = {}, math.min(request.from + tools.options.page_size - 1, request.n)
      for n = request.from, last do page[#page + 1] = { number = n } end
      return page, last < request.n and { n = request.n, from = last + 1 } or nil
    end,
    transform = function(record) return { n = record.number, text = "number " .. record.number } end,
    describe = function() return {} end,
  }
  for key, value in pairs(changes or {}) do declared[key] = value ~= tw.null and value or nil end
  return declared
end

local function numbers(changes) return tw.connector(declaration(changes)) end

local function list_of(dataset)
  local list = {}
  for i, row in ipairs(dataset:collect()) do list[i] = row.n end
  return list
end

local function busy() error { kind = "network", message = "busy", retryable = true } end

describe("tw.connector", function()
  it("refuses a declaration that is not whole", function()
    local function refuses(message, changes)
      checks.fails("usage", message, function() numbers(changes) end)
    end
    refuses("tw.connector: field `fetch` is missing", { fetch = tw.null })
    refuses("tw.connector: field `fetch` must be a function, not string", { fetch = "x" })
    refuses("tw.connector: unknown field `colums`; did you mean `columns`?", { colums = {} })
    refuses("tw.connector: name must be a word in lower case: A b", { name = "A b" })
    refuses("numbers: option `pool`: field `doc` is missing", { options = { pool = { type = "integer" } } })
    refuses("numbers: option `pool` is one that every connector has",
      { options = { pool = { type = "integer", doc = "x" } } })
    refuses("numbers: option `x`: unknown field `docs`; did you mean `doc`?",
      { options = { x = { type = "string", docs = "x" } } })
    refuses("numbers: option `x`: has a default, so it cannot be required",
      { options = { x = { type = "string", doc = "x", default = "", required = true } } })
    refuses("numbers: option `x`: field `default` must be a whole number, not number",
      { options = { x = { type = "integer", doc = "x", default = 1.5 } } })
    refuses("numbers: request: field `x`: a request is plain data, which the log and the receipt show",
      { request = { x = { type = "secret", doc = "x" } } })
    expect.error({ kind = "usage", message = "type must be one of boolean, function," }, numbers,
      { options = { x = { type = "text", doc = "x" } } })
    expect.error({ kind = "usage", message = "int46" }, numbers, { columns = { n = "int46" } })
    expect.error({ kind = "usage", message = "expects a table" }, tw.connector, "x")
  end)
end)

describe("opening a connector", function()
  it("refuses options that are unknown, missing or of another type", function()
    local required = { type = "string", required = true, doc = "x" }
    local connector = numbers { options = { url = required, user = required, token = { type = "secret", doc = "x" } } }
    checks.fails("usage", "numbers: unknown option `tokn`; did you mean `token`?",
      function() connector { tokn = "x" } end)
    checks.fails("usage", "numbers: options are missing: `url`, `user`", connector)
    checks.fails("usage", "numbers: option is missing: `user`", function() connector { url = "x" } end)
    checks.fails("usage", "numbers: option `url` must be a string, not number",
      function() connector { url = 1, user = "x" } end)
    checks.fails("usage", "numbers: options are a table, not string", function() connector "x" end)
  end)

  it("takes a secret only as tw.env, which it does not show", function()
    local connector = numbers { options = { token = { type = "secret", required = true, doc = "x" } } }
    local err = expect.error({ kind = "usage", message = "numbers: option `token` must be a secret, not string" },
      connector, { token = "hush" })
    expect((err.message .. err.hint):find "hush"):is_nil()
    checks.fails("usage", "numbers: option `token` is not set: TIDEWAY_SPEC_UNSET",
      function() connector { token = tw.env "TIDEWAY_SPEC_UNSET" } end)
  end)

  it("checks what every connector takes", function()
    local connector = numbers()
    checks.fails("usage", "numbers: option `pool` must be a whole number from 1 to 1000: 0",
      function() connector { pool = 0 } end)
    checks.fails("usage", "numbers: retry: unknown option `tires`; did you mean `tries`?",
      function() connector { retry = { tires = 1 } } end)
    checks.fails("usage", "numbers: retry: tries must be from 1 to 1000: 0",
      function() connector { retry = { tries = 0 } } end)
    checks.fails("usage", "limiter: not a rate: often", function() connector { rate = "often" } end)
    checks.fails("usage", "numbers: option `rate` must be a rate or a limiter, not number",
      function() connector { rate = 2 } end)
  end)

  it("connects nothing", function()
    numbers { connect = function() error "connected" end }():close()
  end)
end)

describe("rows of a source", function()
  it("are those of all pages, in order", function()
    expect(list_of(numbers()():rows { n = 5 })):equals { 1, 2, 3, 4, 5 }
  end)

  it("have the declared columns, also when there are none", function()
    local rows = numbers()():rows { n = 0 }
    expect(rows:columns()):equals { { name = "n", type = "int64" }, { name = "text", type = "string" } }
    expect(rows:count()):equals(0)
  end)

  it("have the columns that describe gives where none are declared", function()
    local columns = { n = "int32", text = "string" }
    local connector = numbers { columns = tw.null, describe = function() return { columns = columns } end }
    expect(connector():rows({ n = 1 }):columns()[1].type):equals "int32"
    checks.fails("usage", "numbers: no columns are declared, and `describe` gives none",
      function() numbers { columns = tw.null }():rows { n = 1 } end)
  end)

  it("of several requests come in the order of the list, however long each takes", function()
    local fetch = declaration().fetch
    local connector = numbers {
      fetch = function(connection, request, tools)
        tw.sleep(request.from / 1000)
        return fetch(connection, request, tools)
      end,
    }
    local rows = connector { pool = 3 }:rows { { n = 6, from = 5 }, { n = 2 }, { n = 9, from = 9 } }
    expect(list_of(rows)):equals { 5, 6, 1, 2, 9 }
    expect(list_of(connector():rows(tw.array {}))):equals {}
    local many = {}
    for i = 1, 250 do many[i] = { n = i, from = i } end
    expect(#list_of(numbers()():rows(many))):equals(250)
  end)

  it("leave out records without a row", function()
    local connector = numbers {
      transform = function(record) return record.number % 2 == 0 and { n = record.number } or nil end,
    }
    expect(list_of(connector():rows { n = 5 })):equals { 2, 4 }
    expect(connector():rows({ n = 2 }):collect()):equals { { n = 2, text = tw.null } }
  end)

  it("make plans that are equal for equal rows, whatever the pages", function()
    local plans = {}
    for i, size in ipairs { 1, 1000, 10000 } do
      local rows = numbers() { page_size = size }:rows { n = 9000 }
      plans[i] = rows:count() .. rows:plan()
    end
    expect(plans[2]):equals(plans[1])
    expect(plans[1]):contains '9000fetch numbers {"from":1,"n":9000}'
  end)

  it("are all there or an error", function()
    local fetch = declaration().fetch
    local connector = numbers {
      fetch = function(connection, request, tools)
        if request.from == 3 then error { kind = "network", message = "gone" } end
        return fetch(connection, request, tools)
      end,
    }
    checks.fails("network", 'numbers: fetch {"from":3,"n":5}: gone', function() connector():rows { n = 5 } end)
  end)

  it("of other requests are not asked for on and on when one fails", function()
    local fetch, asked = declaration().fetch, 0
    local connector = numbers {
      fetch = function(connection, request, tools)
        if request.n == 1 then error { kind = "network", message = "gone" } end
        asked = asked + 1
        return fetch(connection, request, tools)
      end,
    }
    expect.error({ kind = "network", message = "gone" }, function() connector():rows { { n = 1000 }, { n = 1 } } end)
    expect(asked < 10):is_true()
  end)

  it("refuse what is no page, no row and no value of a column", function()
    local function fails(message, changes)
      return expect.error({ kind = "data", message = message }, function() numbers(changes)():rows { n = 1 } end)
    end
    fails("must give a list of records, not nil", { fetch = function() end })
    fails("not a table with the key `items`", { fetch = function() return { items = {} } end })
    fails("the next page is the same page", { fetch = function(_, request) return {}, request end })
    fails("record 1: must give a row or nil, not number", { transform = function() return 1 end })
    fails("no column `txt` is declared; did you mean `text`?", { transform = function() return { txt = "" } end })
    fails("column `n`, row 1", { transform = function() return { n = "x" } end })
    fails("column `n`, row 1", { transform = function() return { n = 1.5 } end })
    expect.error({ kind = "script", message = "numbers: connect: must give a connection, not nil" },
      function() numbers { connect = function() end }():rows { n = 1 } end)
  end)

  it("are asked for by requests that are checked", function()
    checks.fails("usage", "numbers: request: unknown field `m`; did you mean `n`?",
      function() numbers()():rows { m = 1 } end)
    checks.fails("usage", "numbers: request: field is missing: `n`", function() numbers()():rows() end)
  end)

  it("can be gone through page by page", function()
    local sizes = {}
    for page in numbers()():fetch { n = 5 } do sizes[#sizes + 1] = #page end
    expect(sizes):equals { 2, 2, 1 }
  end)
end)

describe("a source", function()
  it("opens as many connections as its pool holds, and uses them again", function()
    local opened, closed, at_work, most = 0, 0, 0, 0
    local fetch = declaration().fetch
    local connector = numbers {
      connect = function()
        opened = opened + 1
        return {}
      end,
      close = function() closed = closed + 1 end,
      fetch = function(connection, request, tools)
        at_work = at_work + 1
        most = math.max(most, at_work)
        tw.sleep(0)
        at_work = at_work - 1
        return fetch(connection, request, tools)
      end,
    }
    local source = connector { pool = 2 }
    local tasks = {}
    for i = 1, 6 do tasks[i] = tw.spawn(function() return source:rows({ n = 5 }):count() end) end
    for i = 1, 6 do expect(tasks[i]:wait()):equals(5) end
    expect({ opened, most, closed }):equals { 2, 2, 0 }
    source:close()
    source:close()
    expect(closed):equals(2)
  end)

  it("drops a connection that failed", function()
    local opened, closed = 0, {}
    local connector = numbers {
      connect = function()
        opened = opened + 1
        return { number = opened }
      end,
      close = function(connection) closed[#closed + 1] = connection.number end,
      fetch = function(connection)
        if connection.number == 1 then busy() end
        return {}
      end,
    }
    local source = connector { retry = { base_s = 0 } }
    source:rows { n = 1 }
    expect(closed):equals { 1 }
    source:close()
    expect(closed):equals { 1, 2 }
  end)

  it("tries again what is retryable, as often as it is told", function()
    local function tries(retry, fail)
      local count = 0
      local connector = numbers { fetch = function()
        count = count + 1
        fail()
      end }
      expect(pcall(function() connector { retry = retry }:rows { n = 1 } end)):is_false()
      return count
    end
    expect(tries({ tries = 3, base_s = 0 }, busy)):equals(3)
    expect(tries({ tries = 3, base_s = 0 }, function() error { kind = "auth", message = "no" } end)):equals(1)
    expect(tries({ tries = 3, base_s = 0 }, function() error "a mistake" end)):equals(1)
    local asked = function() error { kind = "network", message = "later", retryable = true, retry_after_s = 5 } end
    expect(tries({ tries = 3, deadline_s = 1 }, asked)):equals(1)
  end)

  it("asks for a page again, not for those before it", function()
    local fetch, failed, asked = declaration().fetch, false, {}
    local connector = numbers {
      fetch = function(connection, request, tools)
        asked[#asked + 1] = request.from
        if request.from == 3 and not failed then
          failed = true
          busy()
        end
        return fetch(connection, request, tools)
      end,
    }
    expect(list_of(connector { retry = { base_s = 0 } }:rows { n = 5 })):equals { 1, 2, 3, 4, 5 }
    expect(asked):equals { 1, 3, 3, 5 }
  end)

  it("waits for a turn of its limiter before each call", function()
    local limiter = tw.limiter.new "1/h, burst 3"
    local source = numbers() { rate = limiter, page_size = 1 }
    source:rows { n = 2 }
    expect({ limiter:try_acquire(), limiter:try_acquire() }):equals { true, false }
  end)

  it("keeps what an error says, with what was asked before it", function()
    local connector = numbers { fetch = function()
      error { kind = "auth", message = "no", hint = "log in", cause = { kind = "network", message = "deep" } }
    end }
    local err = expect.error({ kind = "auth", message = 'numbers: fetch {"from":1,"n":1}: no', hint = "log in" },
      function() connector():rows { n = 1 } end)
    expect(err.cause.message):equals "deep"
    expect(tostring(err)):equals(err.message)
  end)

  it("raises in who waits for a connection when it is closed", function()
    local at_work, closed = false, 0
    local connector = numbers {
      fetch = function()
        at_work = true
        tw.sleep(0.001)
        return {}
      end,
      close = function() closed = closed + 1 end,
    }
    local source = connector { pool = 1 }
    local first = tw.spawn(function() source:rows { n = 1 } end)
    local second = tw.spawn(function() source:rows { n = 1 } end)
    while not at_work do tw.sleep(0) end
    source:close()
    first:wait()
    expect.error({ kind = "usage", message = "numbers: the source is closed" }, second.wait, second)
    expect(closed):equals(1) -- the one that was at work, once it had ended
  end)

  it("describes itself", function()
    local facts = numbers { describe = function() return { count = 5 } end }():describe()
    local columns = { n = "int64", text = "string" }
    expect(facts):equals { name = "numbers", summary = "Numbers.", columns = columns, count = 5 }
    checks.fails("data", "numbers: describe: must give a table of plain data",
      function() numbers { describe = function() return { f = print } end }():describe() end)
  end)
end)

-- The contract, and what it says of a connector that breaks each of its claims.

local given = { options = { page_size = 2 }, requests = { { n = 3 }, { n = 1 } }, empty = { n = 0 } }

contract(numbers(), given)

local function with(changes)
  local result = {}
  for key, value in pairs(given) do result[key] = value end
  for key, value in pairs(changes) do result[key] = value end
  return result
end

-- What the claim called `name` says.
local function verdict(connector, name, tried_with)
  for _, claim in ipairs(connector:claims(tried_with or given)) do
    if claim.name == name then
      local ok, err = pcall(claim.check)
      return ok and "holds" or tostring(err)
    end
  end
  error("no claim: " .. name)
end

-- A connector by hand around a declared one: `open` opens a source of it.
local function wrapped(connector, open)
  return setmetatable({}, { __index = connector, __call = function(_, options) return open(options) end })
end

-- A source by hand around another, with other methods.
local function changed(source, methods)
  local function method_of(_, name)
    return methods[name] or function(_, ...) return source[name](source, ...) end
  end
  return setmetatable({}, { __index = method_of })
end

describe("requests in a queue", function()
  local file, queue

  before_each(function()
    file = os.tmpname()
    queue = tw.queue.open("numbers", { database = "sqlite:" .. file })
  end)

  after_each(function()
    for _, suffix in ipairs { "", "-wal", "-shm" } do os.remove(file .. suffix) end
  end)

  local function work(source, use)
    return source:work(use, { until_empty = true, retry = { tries = 2, base_s = 0 } })
  end

  it("are fetched by another source of the connector, each once", function()
    local pushed = numbers() { queue = queue }
    local two, three = pushed:push { n = 2 }, pushed:push { n = 3 }
    expect(pushed:push { from = 1, n = 2 }):equals(two)
    local counts = work(numbers() { queue = queue }, function(rows, job) return { job.id, rows:count() } end)
    expect(counts.done):equals(2)
    expect(queue:result(two)):equals { two, 2 }
    expect(queue:result(three)):equals { three, 3 }
  end)

  it("are checked before they wait", function()
    local source = numbers() { queue = queue }
    checks.fails("usage", "numbers: request: field is missing: `n`", function() source:push {} end)
    expect(queue:list()):equals {}
  end)

  it("are dead at once when no try can help, and tried again when one can", function()
    local tries = 0
    local connector = numbers { fetch = function(_, request)
      tries = tries + 1
      if request.n == 1 then error { kind = "auth", message = "no" } end
      busy()
    end }
    local source = connector { queue = queue, retry = { tries = 1 } }
    local never, later = source:push { n = 1 }, source:push { n = 2 }
    expect(work(source, function() end).dead):equals(2)
    expect(tries):equals(3)
    expect(queue:status(never).attempts):equals(1)
    expect(queue:status(never).error):contains 'numbers: fetch {"from":1,"n":1}: no'
    expect(queue:status(later).attempts):equals(2)
  end)

  it("are tried again when what uses them fails", function()
    local source, tries = numbers() { queue = queue }, 0
    source:push { n = 1 }
    local counts = work(source, function()
      tries = tries + 1
      if tries == 1 then error "the disk is full" end
    end)
    expect({ counts.failed, counts.done }):equals { 1, 1 }
  end)

  it("need a queue, and one handler", function()
    checks.fails("usage", "numbers: push: the source has no queue", function() numbers()():push { n = 1 } end)
    checks.fails("usage", "numbers: work: the source has no queue", function() numbers()():work(function() end) end)
    checks.fails("usage", "numbers: option `queue` must be a queue or its name, not number",
      function() numbers() { queue = 1 } end)
    checks.fails("usage", "numbers: work: the handler is argument 1, not an option `handlers`",
      function() numbers() { queue = queue }:work(function() end, { handlers = {} }) end)
  end)
end)

describe("the contract fails a connector that", function()
  local connector = numbers()

  it("has a token as a text", function()
    local broken = numbers { options = { api_token = { type = "string", default = "", doc = "x" } } }
    expect(verdict(broken, "declares what holds a secret as one", with { options = {} }))
      :contains "option `api_token` holds a secret by its name, but is a string"
  end)

  it("passes over an unknown option", function()
    local broken = wrapped(connector, function() return connector {} end)
    expect(verdict(broken, "refuses an option that it does not know")):contains "there was no error"
  end)

  it("falls over a missing option", function()
    local broken = numbers {
      options = { url = { type = "string", doc = "x" } },
      connect = function(options) return { at = options.url .. "/" } end,
      fetch = function() return {} end,
    }
    expect(verdict(broken, "names an option that is missing", with { options = { url = "x" } }))
      :contains "without the option `url`: the error should be of kind usage and name `url`, but is of kind script"
  end)

  it("passes over a missing option that is required", function()
    local required = numbers { options = { url = { type = "string", required = true, doc = "x" } },
      fetch = function() return {} end }
    local broken = wrapped(required, function() return required { url = "made up" } end)
    expect(verdict(broken, "names an option that is missing", with { options = { url = "x" } }))
      :contains "opened without the option `url`: there was no error"
  end)

  it("passes over an unknown field of a request", function()
    local broken = wrapped(connector, function(options)
      local source = connector(options)
      return changed(source, { fetch = function(_, request) return source:fetch { n = request.n } end })
    end)
    expect(verdict(broken, "refuses a request that it does not know")):contains "there was no error"
  end)

  it("gives nil for no records", function()
    local fetch = declaration().fetch
    local broken = numbers { fetch = function(connection, request, tools)
      if request.n > 0 then return fetch(connection, request, tools) end
    end }
    expect(verdict(broken, "gives all columns and no rows of an empty result"))
      :contains "must give a list of records, not nil"
  end)

  it("has values that their columns do not hold, or do not keep", function()
    local claim = "gives every value back as transform made it"
    local wrong = numbers { transform = function(record) return { n = tostring(record.number), text = "x" } end }
    expect(verdict(wrong, claim)):contains "column `n`, row 1"
    local lossy = numbers { columns = { n = "float", text = "string" },
      transform = function(record) return { n = record.number + 0.1, text = "x" } end }
    expect(verdict(lossy, claim)):contains "first difference at value.1.n"
    local never = numbers { transform = function(record) return { n = record.number } end }
    expect(verdict(never, claim)):contains "no row of `requests` has a value in column `text`"
    local none = numbers { transform = function() end }
    expect(verdict(none, claim)):contains "a request of `requests` has no rows"
  end)

  it("counts rows on its own", function()
    local count = 0
    local broken = numbers { transform = function()
      count = count + 1
      return { n = count }
    end }
    expect(verdict(broken, "gives the same rows again")):contains "first difference"
  end)

  it("gives the rows of several requests in any order", function()
    local broken = wrapped(connector, function(options)
      local source = connector(options)
      return changed(source, { rows = function(_, request)
        return source:rows(request):sort("n", { descending = true })
      end })
    end)
    expect(verdict(broken, "keeps the order of several requests")):contains "first difference"
  end)

  it("cuts its rows short when it is closed", function()
    local claim = "gives all rows or an error when it is closed half-way"
    local function open(methods)
      return wrapped(connector, function(options)
        local source, closed = connector(options), false
        methods.close = function()
          closed = true
          source:close()
        end
        if methods.rows then methods.rows = function() return tw.dataset.from_rows { { n = 1 } } end end
        if methods.fetch then
          methods.fetch = function(_, request)
            local next_page = source:fetch(request)
            return function() if not closed then return next_page() end end
          end
        end
        return changed(source, methods)
      end)
    end
    expect(verdict(open { fetch = true }, claim)):contains "asked for a second page after close(): there was no error"
    expect(verdict(open { rows = true }, claim)):contains "closed half-way, it gave 1 rows of 3"
    expect(verdict(numbers(), claim, with { requests = { { n = 1 } } }))
      :contains "no request of `requests` has a second page"
  end)

  it("keeps connections open", function()
    local open = 0
    local broken = numbers { connect = function()
      open = open + 1
      return {}
    end }
    local tried_with = with { open_connections = function() return open end }
    expect(verdict(broken, "closes twice", tried_with)):contains "after close(), 1 connections are still open"
    expect(verdict(broken, "gives all rows or an error when it is closed half-way", tried_with))
      :contains "connections are still open"
  end)

  it("swallows a failure of the other side, or falls over it", function()
    local claim, fetch = "raises an error when the other side fails", declaration().fetch
    local swallows = numbers { fetch = function(connection, request, tools)
      local ok, page = pcall(function()
        if request.n == 99 then busy() end
        return fetch(connection, request, tools)
      end)
      return ok and page or {}
    end }
    expect(verdict(swallows, claim, with { failing = { n = 99 } })):contains "rows were given without an error"
    local falls = numbers { fetch = function(_, request)
      local answer = request.n < 99 and {} or nil
      return answer.items or {}
    end }
    expect(verdict(falls, claim, with { failing = { n = 99 } })):contains "the error is of kind script"
  end)

  it("cannot be closed twice, or goes on after it", function()
    local once = numbers { close = function(connection)
      if connection.closed then error "closed already" end
      connection.closed = true
    end }
    expect(verdict(once, "closes twice")):equals "holds" -- each connection is closed once
    local never = numbers { close = function() error { kind = "network", message = "lost" } end }
    expect(verdict(never, "closes twice")):contains "the first close() failed: lost"
    local twice = wrapped(connector, function(options)
      local closes = 0
      return changed(connector(options), { close = function()
        closes = closes + 1
        if closes == 2 then error "closed already" end
      end })
    end)
    expect(verdict(twice, "closes twice")):contains "the second close() failed"
    local goes_on = wrapped(connector, function(options)
      return changed(connector(options), { close = function() end })
    end)
    expect(verdict(goes_on, "closes twice")):contains "asked after close(): there was no error"
  end)

  it("describes itself by what is not plain", function()
    local broken = numbers { describe = function() return { f = print } end }
    expect(verdict(broken, "describes itself in plain data")):contains "must give a table of plain data"
  end)

  it("shows a secret in an error, the log, its facts or what it prints", function()
    local claim = "shows no secret in errors, logs and facts"
    local tried_with = with { options = { key = "hush-hush" }, secrets = { "hush-hush" }, failing = { n = 99 } }
    local function leaks(changes)
      changes.options = { key = { type = "string", default = "", doc = "x" } }
      changes.fetch = changes.fetch or function() return {} end
      return verdict(numbers(changes), claim, tried_with)
    end
    expect(leaks { fetch = function(_, _, tools)
      error { kind = "auth", message = "wrong key " .. tools.options.key }
    end }):contains "a secret is seen in an error: numbers: fetch"
    expect(leaks { fetch = function(_, _, tools)
      error { kind = "auth", message = "wrong", cause = { kind = "auth", message = tools.options.key } }
    end }):contains "a secret is seen in an error: [secret]"
    expect(leaks { connect = function(options, tools)
      tools.log("with the key %s", options.key)
      return {}
    end }):contains "a secret is seen in the log: numbers: with the key [secret]"
    expect(leaks { connect = function(options)
      tw.log.debug("with " .. options.key)
      return {}
    end }):contains "a secret is seen in the log"
    expect(leaks { connect = function(options)
      print(options.key)
      return {}
    end }):contains "a secret is seen in what it prints"
    expect(leaks { describe = function(_, tools) return { key = tools.options.key } end })
      :contains "a secret is seen in describe()"
    expect(leaks {}):equals "holds"
  end)

  it("is not told what it needs", function()
    local function fails(message, tried_with)
      expect.error({ kind = "usage", message = message }, function() connector:claims(tried_with) end)
    end
    fails("contract of numbers: field `empty` is missing", { options = {}, requests = { {} } })
    fails("contract of numbers: unknown field `request`; did you mean `requests`?", with { request = {} })
    fails("`requests` must be a list of at least one request", with { requests = {} })
    fails("option `token` is a secret, so field `secrets` is missing",
      with { options = { token = tw.env("NONE", "x") } })
  end)
end)
