local checks = require "checks"
local tw = require "tideway"

describe("tw.limiter", function()
  it("lets a burst go at once and holds back the rest", function()
    local limiter = tw.limiter.new "1/h, burst 3"
    local taken = {}
    for i = 1, 5 do taken[i] = limiter:try_acquire() end
    expect(taken):equals { true, true, true, false, false }
  end)

  it("wraps a function and gives its results", function()
    local limiter = tw.limiter.new "1000/s, burst 10"
    local add = limiter:wrap(function(a, b) return a + b, nil, "last" end)
    expect({ add(1, 2) }):equals { 3, nil, "last" }
  end)

  it("gives turns to tasks in the order in which they ask", function()
    local limiter, order = tw.limiter.new "1000/s", {}
    local tasks = {}
    for i = 1, 10 do
      tasks[i] = tw.spawn(function()
        limiter:acquire()
        order[#order + 1] = i
      end)
    end
    for _, task in ipairs(tasks) do task:wait() end
    expect(order):equals { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }
  end)

  it("shares a rate by name, and only by name", function()
    local name = "tideway-spec-" .. tw.time.now().seconds .. tostring {}
    local first = tw.limiter.new("1/h", { shared = name })
    local second = tw.limiter.new("1/h", { shared = name })
    expect(first:try_acquire()):equals(true)
    expect(second:try_acquire()):equals(false)
    expect(tw.limiter.new("1/h", { shared = name .. "x" }):try_acquire()):equals(true)
  end)

  it("refuses what is no rate", function()
    checks.fails("usage", "limiter: not a rate: often", function() tw.limiter.new "often" end)
    checks.fails("usage", "limiter.new: unknown option `share`; did you mean `shared`?",
      function() tw.limiter.new("1/s", { share = "x" }) end)
  end)
end)
