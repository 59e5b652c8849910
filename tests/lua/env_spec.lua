-- Run from C++ the variables TIDEWAY_TEST_* are set; in a bare `tideway test` the defaults stand in.
local tw = require "tideway"

describe("tw.env", function()
  local secret = tw.env("TIDEWAY_TEST_SECRET", "hunter2-secret")

  it("gives a secret that never shows", function()
    expect(tostring(secret)):equals "[secret]"
    expect("a" .. secret .. "b"):equals "a[secret]b"
    expect(("%s"):format(secret)):equals "[secret]"
    expect(tw.json.encode { s = secret }):equals '{"s":"[secret]"}'
    expect.error({ message = "no member `value`" }, function() return secret.value end)
  end)

  it("takes the variable out of the environment", function()
    expect(os.getenv "TIDEWAY_TEST_SECRET"):is_nil()
    local child = io.popen "env"
    local listing = child:read "*a"
    child:close()
    expect(listing:find "hunter2"):is_nil()
    expect(listing:find "TIDEWAY_TEST_SECRET"):is_nil()
  end)

  it("hides the value in error texts", function()
    local pipeline = tw.pipeline { name = "x", params = { s = secret }, run = function() end }
    pipeline:prepare { s = "hunter2-given" }
    local ok, err = pcall(error, "no table in hunter2-given")
    expect(ok):is_false()
    expect(tostring(err)):contains "[secret]"
    expect(tostring(err):find "hunter2"):is_nil()
  end)

  it("can be asked for again", function()
    local again = tw.env("TIDEWAY_TEST_SECRET", "hunter2-secret")
    local pipeline = tw.pipeline { name = "x", params = { s = again }, run = function() end }
    expect(tostring(pipeline:prepare({}).params.s)):equals "[secret]"
  end)

  it("is refused where no secret is needed", function()
    for name, call in pairs {
      exists = function() return tw.path.exists(secret) end,
      scratch = function() return tw.path.scratch(secret) end,
      normalize = function() return tw.path.normalize(secret) end,
      format = function() return tw.time.now():format(secret) end,
      decode = function() return tw.json.decode(secret) end,
    } do
      local err = expect.error({ kind = "usage", message = "must not be a secret: TIDEWAY_TEST_SECRET" }, call)
      expect(err.message):contains(name)
      expect(err.hint):contains 'tw.env("TIDEWAY_TEST_SECRET", { secret = false })'
    end
  end)

  it("gives numbers, booleans and texts that are no secret by their default", function()
    expect(tw.env("TIDEWAY_TEST_NUMBER", 17):get()):equals(17)
    expect(tw.env("TIDEWAY_TEST_UNSET", 5):get()):equals(5)
    expect(tw.env("TIDEWAY_TEST_UNSET", true):get()):equals(true)
    expect(tw.env("TIDEWAY_TEST_WORD", { secret = false, default = "plain" }):get()):equals "plain"
    expect(tostring(tw.env("TIDEWAY_TEST_UNSET", 5))):equals "tideway.Setting: TIDEWAY_TEST_UNSET"
  end)

  it("is no error until a missing one is used", function()
    local missing = tw.env "TIDEWAY_TEST_UNSET"
    expect(tostring(missing)):equals "[secret]"
    expect.error({ kind = "usage", message = "must not be a secret: TIDEWAY_TEST_UNSET" }, tw.path.exists, missing)
    local plain = tw.env("TIDEWAY_TEST_UNSET", { secret = false })
    expect.error({ kind = "usage", message = "TIDEWAY_TEST_UNSET" }, plain.get, plain)
  end)

  it("counts an empty variable as not set", function()
    expect(tw.env("TIDEWAY_TEST_EMPTY", 5):get()):equals(5)
    local empty = tw.env("TIDEWAY_TEST_EMPTY", { secret = false })
    expect(empty:is_set()):is_false()
    expect.error({ message = "not set: TIDEWAY_TEST_EMPTY" }, empty.get, empty)
  end)

  it("refuses wrong calls", function()
    expect.error({ kind = "usage", message = "variable's name" }, tw.env, nil)
    expect.error({ kind = "usage", message = "variable's name" }, tw.env, "")
    expect.error({ kind = "usage", message = "variable's name" }, tw.env, "A=B")
    expect.error({ kind = "usage", message = "did you mean `secret`?" }, tw.env, "A", { secrt = true })
    expect.error({ kind = "usage", message = "not function" }, tw.env, "A", print)
  end)
end)
