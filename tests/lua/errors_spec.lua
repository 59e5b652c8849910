local tw = require "tideway"

describe("an error that a script catches", function()
  it("is an object with kind, message and where", function()
    local ok, err = pcall(tw.path.read, "/nonexistent/file")
    expect(ok):is_false()
    expect(err.kind):equals "not_found"
    expect(err.message):contains "/nonexistent/file"
    expect(tostring(err)):equals(err.message)
    expect(err.retryable):equals(false)
    expect(err.where):matches "errors_spec.lua:%d+$"
    expect(err.traceback):contains "errors_spec.lua"
  end)

  it("has the kind script when the script raised a text", function()
    local _, err = pcall(function() error "went wrong" end)
    expect(err.kind):equals "script"
    expect(err.message):equals "went wrong"
    expect(err.where):matches "errors_spec.lua:%d+$"
  end)

  it("is at the line that asks for a module that is not there", function()
    local _, err = pcall(function() return tw.datset end)
    expect(err.message):contains "did you mean `dataset`?"
    expect(err.where):matches "errors_spec.lua:%d+$"
  end)

  it("knows the place of a table that ended a task", function()
    local task = tw.spawn(load('error { kind = "data", message = "boom" }', "@boom.lua"))
    local _, err = pcall(task.wait, task)
    expect(err.kind):equals "data"
    expect(err.where):equals "boom.lua:1"
    expect(err.traceback):contains "boom.lua:1"
  end)

  it("has the kind script when Lua itself raised", function()
    local _, err = pcall(function() return nil + 1 end)
    expect(err.kind):equals "script"
    expect(err.message):contains "arithmetic"
    expect(err.where):matches "errors_spec.lua:%d+$"
  end)

  it("passes through unchanged when it is raised again", function()
    local _, first = pcall(tw.path.read, "/nonexistent/file")
    local _, second = pcall(error, first)
    expect(second):is(first)
  end)

  it("keeps a table of the script's own", function()
    local mine = { code = 7 }
    local _, err = pcall(error, mine)
    expect(err):is(mine)
  end)

  it("joins texts", function()
    local _, err = pcall(error, "x", 0)
    expect("failed: " .. err):equals "failed: x"
  end)

  it("reaches a handler of xpcall as an object", function()
    local ok, kind = xpcall(function() error "x" end, function(err) return err.kind end)
    expect(ok):is_false()
    expect(kind):equals "script"
  end)

  it("leaves results of calls that succeed alone", function()
    expect({ pcall(function(...) return select("#", ...), ... end, 1, nil) }):equals { true, 2, 1 }
  end)
end)

describe("an error of an unknown member", function()
  it("suggests the module that was meant", function()
    expect.error({ kind = "not_found", message = "tideway: no module `jsn`; did you mean `json`?" },
      function() return tw.jsn end)
  end)
end)
