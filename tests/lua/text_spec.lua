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

describe("text.tidy", function()
  it("removes white space that means nothing", function()
    equal(tw.text.tidy()("f()  \n\n\n\n\ng()"), "f()\n\n\ng()\n")
    equal(tw.text.tidy { blank_lines = 0 }("a\n\nb\n"), "a\nb\n")
    equal(tw.text.tidy { line_ends = false, final_newline = false }("a \n\n\n\n"), "a \n\n\n")
    assert(tw.text.tidy()(tw.null) == tw.null)
  end)

  it("serves a column", function()
    local rows = tw.dataset.from_rows { { text = "a  " }, { text = tw.null }, { text = "" } }
    local tidy = rows:map("text", tw.text.tidy()):collect()
    equal(tidy[1].text, "a\n")
    assert(tidy[2].text == tw.null)
    equal(tidy[3].text, "")
  end)

  it("refuses wrong options by name", function()
    fails(function() tw.text.tidy { blanks = 1 } end, "text.tidy: unknown option `blanks`")
    fails(function() tw.text.tidy { blank_lines = -1 } end, "text.tidy: blank_lines must be at least 0: -1")
  end)
end)

describe("text.decode", function()
  it("makes UTF-8 of bytes", function()
    equal(tw.text.decode()("gr\xf6\xdfer"), "größer")
    equal(tw.text.decode()("grÃ¶ÃŸer"), "größer")
    equal(tw.text.decode { mojibake = false }("grÃ¶ÃŸer"), "grÃ¶ÃŸer")
    equal(tw.text.decode { encoding = "koi8-r" }("\xc4\xc1"), "да")
    equal(tw.text.decode { newlines = "lf" }("a\r\nb\rc"), "a\nb\nc")
    equal(tw.text.decode()(tw.null), tw.null)
  end)

  it("refuses what is no text, with the reason", function()
    local ok, err = pcall(function() return tw.text.decode()("\0\1\xff") end)
    assert(not ok)
    equal(err.kind, "data")
    equal(err.message, "text.decode: no text: binary")
    equal(tw.text.decode { on_unknown = "null" }("\0\1\xff"), tw.null)
    equal(tw.text.decode { on_unknown = "latin1" }("\0\1\xff"), "\0\1ÿ")
    equal(tw.text.decode { on_unknown = "replace" }("größe l\xe4nge schön"), "größe l\u{fffd}nge schön")
  end)

  it("refuses wrong options by name", function()
    fails(function() tw.text.decode { newline = "lf" } end,
      "text.decode: unknown option `newline`; did you mean `newlines`?")
    fails(function() tw.text.decode { on_unknown = "guess" } end,
      "text.decode: on_unknown must be one of `refuse`, `null`, `replace`, `latin1`: `guess`")
    fails(function() tw.text.decode { encoding = "klingon" } end,
      "text.decode: option `encoding` is not known: `klingon`")
  end)
end)

describe("text.detect", function()
  it("tells what was found", function()
    local found = tw.text.detect("\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0")
    equal(found.text, "Привет, мир")
    equal(found.encoding, "windows-1251")
    equal(found.problem, nil)
    equal(found.lost, 0)
    equal(tw.text.detect("a\r\nb\n").mixed_newlines, true)
    equal(tw.text.detect("caf\u{fffd} ????").lost, 1)
    equal(tw.text.detect("caf\u{fffd} ????").question_marks, 4)
    equal(tw.text.detect("grÃƒÂ¶ÃƒÅ¸e").mojibake, "windows-1252, windows-1252")
  end)

  it("names what ambiguous bytes may be in", function()
    local found = tw.text.detect "\xe9"
    equal(found.problem, "ambiguous")
    equal(found.text, nil)
    assert(found.best and found.second)
  end)
end)

describe("dataset.decode", function()
  local rows = tw.dataset.from_rows {
    { name = "a", text = "gr\xf6\xdfer" }, { name = "b", text = "\0\1\xff" }, { name = "c" },
    { name = "d", text = "d??? \u{fffd}\r\n\n" },
  }

  it("adds what was found as columns", function()
    local got = rows:decode("text", {
      on_unknown = "null", encoding_as = "encoding", problem_as = "problem", mojibake_as = "mojibake", lost_as = "lost",
      question_marks_as = "marks", mixed_newlines_as = "mixed",
    }):collect()
    equal(got[1].text, "größer")
    equal(got[1].encoding, "windows-1252")
    equal(got[2].text, tw.null)
    equal(got[2].problem, "binary")
    equal(got[3].encoding, tw.null)
    equal(got[4].encoding, "utf-8")
    equal(got[4].lost, 1)
    equal(got[4].marks, 3)
    equal(got[4].mixed, true)
  end)

  it("leaves rows out", function()
    equal(rows:decode("text", { on_unknown = "drop" }):count(), 3)
  end)

  it("refuses columns that are there, and that are not", function()
    fails(function() rows:decode("text", { encoding_as = "name" }):columns() end,
      "decode: there is a column `name` already")
    fails(function() rows:decode("texts"):columns() end, "decode: no column `texts`; did you mean `text`?")
  end)
end)
