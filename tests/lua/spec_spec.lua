-- The runner itself: hooks, expectations. What it does with failing tests is tested from C++.
local order = {}

describe("hooks", function()
  before_each(function() order[#order + 1] = "outer before" end)
  after_each(function() order[#order + 1] = "outer after" end)

  describe("inner", function()
    before_each(function() order[#order + 1] = "inner before" end)
    after_each(function() order[#order + 1] = "inner after" end)
    it("run from the outside in and back", function() order[#order + 1] = "test" end)
  end)
end)

describe("after the test above, the order", function()
  it("is before, before, test, after, after", function()
    expect(order):equals { "outer before", "inner before", "test", "inner after", "outer after" }
  end)
end)

describe("a declaration", function()
  it("is refused in a test, where nothing would run it", function()
    local wanted = { kind = "usage", message = "works only while `tideway test` loads a spec file" }
    expect.error(wanted, it, "late", function() end)
    expect.error(wanted, before_each, function() end)
  end)

  it("is refused without a name or a function", function()
    expect.error({ kind = "usage", message = "it: expects a name and a function" }, it, "no function")
    expect.error({ kind = "usage", message = "describe: expects a name and a function" }, describe, 1)
  end)
end)

describe("expect", function()
  it("compares tables by content, and NaN with itself", function()
    expect({ a = { 1, 2 } }):equals { a = { 1, 2 } }
    expect({ a = { 1, 2 } }):differs { a = { 1, 3 } }
    expect({ 1 }):differs { 1, 2 }
    expect({ 1, 2 }):differs { 1 }
    expect(0 / 0):equals(0 / 0)
  end)

  it("has other claims", function()
    expect("text"):contains "ex"
    expect({ 1, { 2 } }):contains { 2 }
    expect("text"):matches "^t.*t$"
    expect(0.1 + 0.2):is_near(0.3)
    expect(nil):is_nil()
    expect(false):is_false()
    expect(0):is_true()
  end)

  it("corrects the name of a matcher", function()
    expect.error({ kind = "usage", message = "no matcher `equal`; did you mean `equals`?" },
      function() expect(1):equal(1) end)
  end)

  it("fails where a claim is wrong", function()
    for _, claim in ipairs {
      function() expect(1):equals(2) end,
      function() expect(1):differs(1) end,
      function() expect({}):is {} end,
      function() expect(nil):is_true() end,
      function() expect(1):is_nil() end,
      function() expect(1):is_false() end,
      function() expect("a"):contains "b" end,
      function() expect(1):contains "b" end,
      function() expect("a"):matches "b" end,
      function() expect(1):is_near(2) end,
      function() expect.error("x", function() end) end,
      function() expect.error("x", function() error "y" end) end,
    } do
      expect(pcall(claim)):is_false()
    end
  end)
end)
