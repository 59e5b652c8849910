local tw = require "tideway"

describe("globals", function()
  it("cannot be read undeclared", function()
    local err = expect.error({ kind = "script", message = "undeclared variable `tabel`; did you mean `table`?" },
      function() return tabel end) ---@diagnostic disable-line: undefined-global
    expect(err.where):matches "strict_spec.lua:%d+$"
  end)

  it("name the module that was meant", function()
    expect.error({ message = "undeclared variable `json`; did you mean `tw.json`?" },
      function() return json.encode end) ---@diagnostic disable-line: undefined-global
  end)

  it("name tw where it was not required", function()
    expect.error({ message = "did you mean `tw`?", hint = 'local tw = require "tideway"' },
      assert(load "return tw.json"))
  end)

  it("cannot be assigned undeclared", function()
    expect.error({ kind = "script", message = "assignment to undeclared variable `total`", hint = "local total" },
      function() total = 1 end) ---@diagnostic disable-line: lowercase-global
    expect.error({ message = "assignment to undeclared variable `helper`" }, assert(load "function helper() end"))
  end)

  it("are strict in loaded chunks too", function()
    expect.error({ message = "undeclared variable `nothing`" }, assert(load "return nothing"))
  end)
end)

describe("the script's world", function()
  it("has no ffi, no bytecode, no way around require", function()
    expect.error({ kind = "not_found", message = "no module `ffi`" }, require, "ffi")
    expect.error({ message = "`tideway.core.json` is not for scripts" }, require, "tideway.core.json")
    local chunk, err = load(string.dump(function() end))
    expect(chunk):is_nil()
    expect(tostring(err)):contains "bytecode is refused"
    expect.error({ message = "undeclared variable `package`" }, function() return package.loaded end)
    expect.error({ message = "undeclared variable `getfenv`" }, function() return getfenv(1) end)
    expect.error({ message = "undeclared variable `setfenv`" }, function() return setfenv end)
    expect(debug.getupvalue):is_nil()
    expect(debug.traceback "here"):contains "here"
  end)

  it("does not end by os.exit", function()
    expect.error({ kind = "usage", message = "os.exit" }, os.exit, 0)
  end)

  it("has the libraries that are allowed", function()
    expect(require("bit").band(6, 3)):equals(2)
    expect(type(require("string.buffer").encode)):equals "function"
    expect(require "tideway"):is(tw)
    expect(require "tideway.json"):is(tw.json)
  end)

  it("says which module is missing", function()
    expect.error({ kind = "not_found", message = "require: no module `nowhere.to.be`" }, require, "nowhere.to.be")
    expect.error({ kind = "usage" }, require, nil)
  end)

  it("loads texts with a name and an environment", function()
    expect(assert(load("return x", "chunk", "t", { x = 5 }))()):equals(5)
    local parts = { "return ", "7" }
    local i = 0
    expect(assert(load(function()
      i = i + 1
      return parts[i]
    end))()):equals(7)
    local chunk, err = load "return +"
    expect(chunk):is_nil()
    expect(err.kind):equals "script"
  end)
end)
