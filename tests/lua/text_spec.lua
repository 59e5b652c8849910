local tw = require "tideway"

local function equal(got, expected)
  if got ~= expected then error(("expected %q, got %q"):format(expected, tostring(got)), 2) end
end

local function fails(f, message)
  local ok, err = pcall(f)
  assert(not ok, "no error; expected: " .. message)
  equal(err.kind, "usage")
  equal(err.message, message)
end

describe("text.clean", function()
  it("runs all steps by default", function()
    equal(tw.text.clean()("See <b>http://x.np</b>\n this"), "See this")
    equal(tw.text.clean {}(" a <i>\t\u{3000}b "), "a b")
    equal(tw.text.clean { urls = true }("  "), "")
  end)

  it("switches each step off", function()
    local text = " http://x <b>\n"
    local off = {
      { {}, "" },
      { { urls = false }, "http://x" },
      { { html = false }, "<b>" },
      { { newlines = false }, "" },
      { { whitespace = false }, "   " },
      { { whitespace = false, newlines = false }, "  \n" },
    }
    for _, case in ipairs(off) do equal(tw.text.clean(case[1])(text), case[2]) end
  end)

  it("keeps null, nul bytes and invalid UTF-8", function()
    local clean = tw.text.clean()
    assert(clean(tw.null) == tw.null)
    equal(clean " a\0b \xe3\x80", "a\0b \xe3\x80")
  end)

  it("refuses wrong options by name", function()
    fails(function() tw.text.clean { url = true } end,
      "text.clean: unknown option `url`; did you mean `urls`?")
    fails(function() tw.text.clean { html = 1 } end,
      "text.clean: option `html` must be true or false, not number")
    fails(function() tw.text.clean "urls" end, "text.clean: options must be a table, not string")
  end)

  it("refuses to clean what is no string", function()
    local clean = tw.text.clean()
    fails(function() clean() end, "text.clean: takes a string or tw.null, not nil")
    fails(function() clean {} end, "text.clean: takes a string or tw.null, not table")
    fails(function() clean(clean) end, "text.clean: takes a string or tw.null, not tideway.Kernel")
    fails(function() clean(1) end, "text.clean: takes a string or tw.null, not number")
  end)

  it("gives a kernel that names its options", function()
    equal(tostring(tw.text.clean { urls = false }), "tideway.Kernel: text.clean "
      .. '{"urls":false,"html":true,"newlines":true,"whitespace":true}')
  end)
end)
