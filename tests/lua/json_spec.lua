local tw = require "tideway"
local json = tw.json

local function through(text) return json.encode(json.decode(text)) end

describe("tw.json", function()
  it("keeps key order, floats, empty arrays, nulls and big integers", function()
    for _, text in ipairs {
      '{"z":1,"a":2}', '{"a":1.0,"b":1}', "[1.0,1]", "[]", "{}", '{"a":[],"b":{}}', "[null]",
      "[9007199254740993]", "[18446744073709551615]", "[-9223372036854775808]", "[1e+300,-0.5]",
      '"\\u0000 \\" \\\\"', "true", '[[],[[]]]', '"नमस्ते"',
    } do
      expect(through(text)):equals(text)
    end
  end)

  it("keeps the order when values change and sorts new keys behind", function()
    local object = json.decode '{"z":1.0,"a":2}'
    object.z, object.n, object.m = 3, 1, 2
    expect(json.encode(object)):equals '{"z":3.0,"a":2,"m":2,"n":1}'
    object.z = nil
    expect(json.encode(object)):equals '{"a":2,"m":2,"n":1}'
  end)

  it("indents", function()
    expect(json.encode({ a = { 1 } }, { indent = 2 })):equals '{\n  "a": [\n    1\n  ]\n}'
  end)

  it("goes through objects in order", function()
    local keys = {}
    for key, value in json.pairs(json.decode '{"b":1,"a":2}') do keys[#keys + 1] = key .. value end
    expect(keys):equals { "b1", "a2" }
    expect(json.keys { b = 1, a = 2 }):equals { "a", "b" }
  end)

  it("writes times, dates and decimals as texts, secrets hidden", function()
    local value = {
      a = tw.time.parse "2024-02-29T12:00:00Z", b = tw.time.date "2024-02-29", c = tw.decimal "1.50",
      d = tw.env("TIDEWAY_TEST_SECRET", "none"),
    }
    expect(json.encode(value)):equals
      '{"a":"2024-02-29T12:00:00Z","b":"2024-02-29","c":"1.50","d":"[secret]"}'
  end)

  it("says where a text is wrong", function()
    expect.error({ kind = "data", message = "line 2, column 1" }, json.decode, '{"a":\n}')
    for _, text in ipairs { "", "{", "[1,]", "nul", "01", "'a'", "[1] x", '"\255"', "NaN", "1e999" } do
      expect.error({ kind = "data", message = "json: " }, json.decode, text)
    end
  end)

  it("refuses texts nested too deeply", function()
    expect.error({ kind = "data", message = "nested deeper" }, json.decode, ("["):rep(100000))
    expect.error({ kind = "data", message = "nested deeper" }, json.decode,
      ("["):rep(300) .. ("]"):rep(300))
  end)

  it("names the path to what it cannot write", function()
    expect.error({ kind = "usage", message = "a function at `a.b[2]`" }, json.encode,
      { a = { b = { 1, print } } })
    expect.error({ kind = "usage", message = "NaN" }, json.encode, { 0 / 0 })
    expect.error({ kind = "usage", message = "infinity" }, json.encode, -1 / 0)
    expect.error({ kind = "usage", message = "mixes list and named" }, json.encode, { 1, a = 2 })
    expect.error({ kind = "usage", message = "keys must be strings" }, json.encode, { [0.5] = 1 })
    expect.error({ kind = "data", message = "UTF-8" }, json.encode, "\255")
    local loop = {}
    loop.loop = loop
    expect.error({ kind = "usage", message = "cycle" }, json.encode, loop)
  end)

  it("knows its options", function()
    expect.error({ kind = "usage", message = "did you mean `indent`?" }, json.encode, 1, { ident = 2 })
    expect.error({ kind = "usage", message = "at most 16" }, json.encode, 1, { indent = 99 })
  end)
end)
