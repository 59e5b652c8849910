local tw = require "tideway"

local function pipeline(fields)
  local options = { name = "demo", run = function() end }
  for key, value in pairs(fields or {}) do options[key] = value end
  return tw.pipeline(options)
end

describe("tw.pipeline", function()
  it("is made of a name and a function", function()
    local p = pipeline { schedule = "0 3 * * *", description = "A demo." }
    expect(tostring(p)):equals "tideway.Pipeline: demo"
    expect(p.schedule):equals "0 3 * * *"
  end)

  it("refuses wrong fields", function()
    for message, fields in pairs {
      ["unknown field `shedule`; did you mean `schedule`?"] = { shedule = "x" },
      ["field `run` must be a function, not string"] = { run = "x" },
      ["field `name` must be a string, not number"] = { name = 1 },
      ["name may hold letters, digits"] = { name = "a b" },
      ["field `params` must be a table, not string"] = { params = "x" },
      ["a parameter's name is a word: 1"] = { params = { "x" } },
      ["default of `f` must be a string, number, tw.int64, boolean, table or tw.env, not function"] =
        { params = { f = print } },
    } do
      expect.error({ kind = "usage", message = message }, pipeline, fields)
    end
    expect.error({ kind = "usage", message = "field `run` is missing" }, tw.pipeline, { name = "x" })
    expect.error({ kind = "usage", message = "field `name` is missing" }, tw.pipeline, { run = print })
    expect.error({ kind = "usage", message = "expects a table, not nil" }, tw.pipeline, nil)
  end)
end)

describe("a pipeline's parameters", function()
  local p = pipeline {
    params = {
      ratio = 0.5, name = "x", on = false, list = { 1 },
      number = tw.env("TIDEWAY_TEST_UNSET", 17), secret = tw.env("TIDEWAY_TEST_UNSET", "s3cret"),
    },
  }

  it("have their defaults", function()
    local params = p:prepare({}).params
    expect({ params.ratio, params.name, params.on, params.list, params.number }):equals
      { 0.5, "x", false, { 1 }, 17 }
    expect(tostring(params.secret)):equals "[secret]"
  end)

  it("are typed by their defaults", function()
    local params = p:prepare({
      ratio = "0.25", name = "5", on = "true", list = "[2, 3]", number = "4", secret = "other-secret",
    }).params
    expect({ params.ratio, params.name, params.on, params.number }):equals { 0.25, "5", true, 4 }
    expect(tw.json.encode(params.list)):equals "[2,3]"
    expect(tostring(params.secret)):equals "[secret]"
  end)

  it("keep every digit", function()
    local exact = pipeline { params = { n = 1, big = tw.int64 "9007199254740993" } }
    expect(exact:prepare({ n = "9007199254740994" }).params.n):equals(9007199254740994)
    expect(exact:prepare({ n = "-0012" }).params.n):equals(-12)
    expect(exact:prepare({}).params.big):equals(tw.int64 "9007199254740993")
    expect(exact:prepare({ big = "-9007199254740995" }).params.big)
      :equals(tw.int64 "-9007199254740995")
    for _, text in ipairs { "9007199254740993", "99999999999999999999", "0xffffffffffffffff" } do
      expect.error({ kind = "usage", message = "more than a number holds exactly: " .. text,
        hint = "tw.int64" }, exact.prepare, exact, { n = text })
    end
    for _, text in ipairs { "inf", "-inf", "nan", "1e999" } do
      expect.error({ kind = "usage", message = "must be a number: " .. text }, exact.prepare, exact,
        { n = text })
    end
    for _, text in ipairs { "99999999999999999999", "1.5", "x" } do
      expect.error({ kind = "usage", message = "must be a whole number of 64 bits: " .. text },
        exact.prepare, exact, { big = text })
    end
  end)

  it("that do not fit are reported together", function()
    local err = expect.error({ kind = "usage", message = "`on` must be true or false: maybe" },
      p.prepare, p, { on = "maybe", ratio = "x" })
    expect(err.message):contains "`ratio` must be a number: x"
  end)

  it("refuse texts of another type", function()
    for message, given in pairs {
      ["parameter `ratio` must be a number: half"] = { ratio = "half" },
      ["parameter `ratio` must be a number: nan"] = { ratio = "nan" },
      ["parameter `on` must be true or false: yes"] = { on = "yes" },
      ["must be a JSON array or object: 1"] = { list = "1" },
      ["must be a number: x"] = { number = "x" },
    } do
      expect.error({ kind = "usage", message = message }, p.prepare, p, given)
    end
  end)

  it("suggest the name that was meant", function()
    expect.error({ kind = "usage", message = "pipeline demo: unknown parameter `ratoi`; did you mean `ratio`?" },
      p.prepare, p, { ratoi = "1" })
    local job = p:prepare {}
    expect.error({ kind = "usage", message = "no parameter `ratoi`; did you mean `ratio`?" },
      function() return job.params.ratoi end)
  end)

  it("name all missing settings at once, before anything runs", function()
    local strict = pipeline {
      params = {
        b = tw.env "TIDEWAY_TEST_UNSET_B", a = tw.env("TIDEWAY_TEST_UNSET_A", { secret = false }),
        c = tw.env "TIDEWAY_TEST_UNSET_C", fine = 1,
      },
    }
    local err = expect.error({ kind = "usage" }, strict.prepare, strict, { c = "given" })
    expect(err.message):equals
      "pipeline demo: settings are missing: TIDEWAY_TEST_UNSET_A, TIDEWAY_TEST_UNSET_B"
    expect(err.hint):contains "export TIDEWAY_TEST_UNSET_A=...; export TIDEWAY_TEST_UNSET_B=..."
  end)
end)

describe("a job", function()
  local function run(fn)
    local p = pipeline { run = fn, params = { n = 2 } }
    return p:execute(p:prepare {})
  end

  it("gives what its function returns", function()
    expect(run(function(job) return job.params.n * 2 end)):equals { status = "done", result = 4 }
  end)

  it("is skipped when its function returns job:skip", function()
    expect(run(function(job) return job:skip("too few (%d < %d)", 1, 2) end)):equals {
      status = "skipped", reason = "too few (1 < 2)", skips = { "too few (1 < 2)" } }
  end)

  it("lists its skips in order, however its tasks ended", function()
    local outcome = run(function(job)
      job:skip "urgency"
      job:skip "department"
    end)
    expect(outcome.skips):equals { "department", "urgency" }
    expect(run(function(job)
      job:skip "urgency"
      job:skip(5)
    end).skips):equals { "5", "urgency" }
  end)

  it("goes on when only a part is skipped", function()
    expect(run(function(job) job:skip "one label" end)):equals { status = "done", skips = { "one label" } }
  end)

  it("has one version of its start in UTC", function()
    local p = pipeline {}
    local job = p:prepare {}
    expect(job:version()):matches "^v%d%d%d%d%d%d%d%d_%d%d%d%d%d%d$"
    expect(job:version()):equals(job:version())
  end)

  it("is part 0 of 1 unless it is told which it is", function()
    local p = pipeline {}
    local alone, part = p:prepare {}, p:prepare({}, { rank = 3, world = 10 })
    expect({ alone.rank, alone.world, part.rank, part.world }):equals { 0, 1, 3, 10 }
  end)

  it("raises an error for who asks which part it is where that is not clear", function()
    local job = pipeline {}:prepare({}, { unclear = "this is task 3 of a job, of how many?" })
    for _, name in ipairs { "rank", "world" } do
      expect.error({ kind = "usage", message = "job." .. name .. ": this is task 3", hint = "--world" },
        function() return job[name] end)
    end
    expect(job.name):equals "demo"
    expect(job.nothing):equals(nil)
  end)

  it("raises the errors of its function", function()
    expect.error({ message = "no luck" }, run, function() error "no luck" end)
  end)
end)
