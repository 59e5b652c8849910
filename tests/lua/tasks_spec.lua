local tw = require "tideway"

describe("tw.spawn", function()
  it("runs beside the caller and gives its results to who waits", function()
    local order = {}
    local task = tw.spawn(function(a, b)
      order[#order + 1] = "task"
      return a + b, nil, "last"
    end, 1, 2)
    order[#order + 1] = "caller"
    expect(task:done()):is_false()
    local sum, none, last = task:wait()
    expect({ sum, last }):equals { 3, "last" }
    expect(none):is_nil()
    expect(order):equals { "caller", "task" }
    expect(task:done()):is_true()
    expect((task:wait())):equals(3)
  end)

  it("raises the task's error in who waits, each time", function()
    local task = tw.spawn(function() error { kind = "data", message = "bad row" } end)
    for _ = 1, 2 do
      local err = expect.error({ kind = "data", message = "bad row" }, task.wait, task)
      expect(err.kind):equals "data"
    end
  end)

  it("tells where a task failed", function()
    local task = tw.spawn(function() tw.path.read "/nonexistent" end)
    expect.error({ kind = "not_found", where = "tasks_spec.lua" }, task.wait, task)
  end)

  it("wants a function", function()
    expect.error({ kind = "usage", message = "tw.spawn: argument 1 must be a function" }, tw.spawn, 1)
  end)

  it("notices a yield that nobody catches", function()
    local task = tw.spawn(function() coroutine.yield(1) end)
    expect.error({ kind = "script", message = "coroutine.yield outside a coroutine" }, task.wait, task)
  end)
end)

describe("tw.sleep", function()
  it("lets others run, soonest first", function()
    local order = {}
    tw.all {
      function() tw.sleep(0.002) order[#order + 1] = "late" end,
      function() tw.sleep(0.001) order[#order + 1] = "soon" end,
      function() order[#order + 1] = "now" end,
    }
    expect(order):equals { "now", "soon", "late" }
  end)

  it("works in coroutines, metamethods, iterators and comparisons", function()
    local co = coroutine.wrap(function()
      tw.sleep(0)
      coroutine.yield "from a coroutine"
    end)
    expect(co()):equals "from a coroutine"
    local t = setmetatable({}, { __index = function() tw.sleep(0) return "from a metamethod" end })
    expect(t.x):equals "from a metamethod"
    local list = { 3, 1, 2 }
    table.sort(list, function(a, b) tw.sleep(0) return a < b end)
    expect(list):equals { 1, 2, 3 }
    for v in (function() tw.sleep(0) return nil end) do error(v) end
  end)

  it("refuses what is no time", function()
    for _, seconds in ipairs { -1, 0 / 0, 1 / 0, 1e9 } do
      expect.error({ kind = "usage", message = "tw.sleep" }, tw.sleep, seconds)
    end
    expect.error({ message = "from 0 to 1e8: -1" }, tw.sleep, -1)
    local err = expect.error({ message = "from 0 to 1e8: nan" }, tw.sleep, -(0 / 0))
    expect(err.message:find "%-nan"):is_nil()
    expect.error({ kind = "usage", message = "must be a number" }, tw.sleep, "x")
  end)
end)

describe("tw.all", function()
  it("gives results under the same keys", function()
    local r = tw.all { users = function() return 1, "dropped" end, tw.spawn(function() return "x" end) }
    expect(r):equals { users = 1, [1] = "x" }
    expect(tw.all {}):equals {}
  end)

  it("raises the first error in order when all have ended", function()
    local ended = false
    expect.error({ message = "first" }, tw.all, {
      function() tw.sleep(0.002) error("first", 0) end,
      function() error("second", 0) end,
      function() tw.sleep(0.003) ended = true end,
    })
    expect(ended):is_true()
  end)

  it("wants functions or tasks", function()
    expect.error({ kind = "usage", message = "entry 1 must be a function or a task, not number" }, tw.all, { 1 })
    expect.error({ kind = "usage" }, tw.all, nil)
  end)
end)

describe("tw.each", function()
  it("keeps order and bounds how many run", function()
    local running, most = 0, 0
    local results = tw.each({ 5, 4, 3, 2, 1, 0 }, { concurrency = 2 }, function(item, index)
      running = running + 1
      most = math.max(most, running)
      tw.sleep(item / 10000)
      running = running - 1
      return item * 10 + index
    end)
    expect(results):equals { 51, 42, 33, 24, 15, 6 }
    expect(most):equals(2)
  end)

  it("takes a list and a function alone", function()
    expect(tw.each({ "a" }, string.upper)):equals { "A" }
    expect(tw.each({}, string.upper)):equals {}
  end)

  it("starts nothing more after an error and raises it", function()
    local started = 0
    expect.error({ message = "item 2" }, tw.each, { 1, 2, 3, 4, 5, 6 }, { concurrency = 2 }, function(item)
      started = started + 1
      if item == 2 then error("item 2", 0) end
      tw.sleep(0.001)
    end)
    expect(started):equals(2)
  end)

  it("checks its options", function()
    expect.error({ kind = "usage", message = "did you mean `concurrency`?" }, tw.each, {}, { concurency = 2 }, print)
    expect.error({ kind = "usage", message = "whole number from 1: 0" }, tw.each, {}, { concurrency = 0 }, print)
    expect.error({ kind = "usage", message = "expects a list" }, tw.each, {}, {})
  end)
end)
