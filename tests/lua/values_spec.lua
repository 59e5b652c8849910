local tw = require "tideway"

describe("tw.null", function()
  it("is one value that prints as null and survives in tables", function()
    expect(tostring(tw.null)):equals "null"
    local t = { a = tw.null }
    expect(t.a):is(tw.null)
    expect(tw.null == nil):is_false()
  end)
end)

describe("tw.int64", function()
  it("is a number where a number holds it", function()
    expect(tw.int64 "42"):equals(42)
    expect(type(tw.int64 "9007199254740992")):equals "number"
  end)

  it("is boxed beyond 2^53, exact, comparable and printable", function()
    local big = tw.int64 "9007199254740993"
    expect(tostring(big)):equals "9007199254740993LL"
    expect(big == tw.int64 "9007199254740993"):is_true()
    expect(big > 9007199254740992):is_true()
    expect(tostring(tw.int64 "-9223372036854775808")):equals "-9223372036854775808LL"
  end)

  it("refuses what is no 64-bit integer", function()
    for _, text in ipairs { "", "1.5", "x", "9223372036854775808", "1 " } do
      expect.error({ kind = "usage", message = "tw.int64" }, tw.int64, text)
    end
    expect.error({ kind = "usage", message = "must be a whole number, not 1.5" }, tw.int64, 1.5)
    expect.error({ kind = "usage", message = "must be a whole number, not nan" }, tw.int64, 0 / 0)
    expect.error({ kind = "usage", message = "not nil" }, function() tw.int64() end)
  end)
end)

describe("tw.array", function()
  it("marks an empty table as an array", function()
    expect(tw.json.encode(tw.array {})):equals "[]"
    expect(tw.json.encode {}):equals "{}"
  end)

  it("refuses what is no table", function()
    expect.error({ kind = "usage", message = "must be a table, not string" }, tw.array, "x")
  end)
end)

describe("tw.object", function()
  it("gives its keys an order", function()
    local object = tw.object({ a = 1, b = 2, c = 3 }, { "c", "a" })
    expect(tw.json.encode(object)):equals '{"c":3,"a":1,"b":2}'
  end)
end)

describe("tw.decimal", function()
  it("keeps its digits, with precision and scale", function()
    local d = tw.decimal "-012.50"
    expect(tostring(d)):equals "-012.50"
    expect({ d.precision, d.scale }):equals { 4, 2 }
    expect(d:number()):equals(-12.5)
  end)

  it("compares by value", function()
    local function d(text) return tw.decimal(text) end
    expect(d "1.50" == d "1.5"):is_true()
    expect(d "-0" == d "0"):is_true()
    expect(d "9.99" < d "10"):is_true()
    expect(d "-10" < d "-9.99"):is_true()
    expect(d "-1" < d "1"):is_true()
    expect(d "0.09" < d "0.1"):is_true()
    expect(d "2" <= d "2.0"):is_true()
    expect(d "2" < d "2.0"):is_false()
  end)

  it("refuses what is no decimal number", function()
    for _, text in ipairs { "", "1.", ".5", "1e5", "x", ("9"):rep(77) } do
      expect.error({ kind = "usage", message = "not a decimal number" }, tw.decimal, text)
    end
  end)
end)
