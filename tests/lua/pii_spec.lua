local tw = require "tideway"

local function equal(got, expected)
  if got ~= expected then error(("expected %q, got %q"):format(expected, tostring(got)), 2) end
end

local function fails(f, message)
  local ok, err = pcall(f)
  assert(not ok, "no error; expected: " .. message)
  equal(err.kind, "usage")
  if not tostring(err.message):find(message, 1, true) then
    error(("expected %q, got %q"):format(message, err.message), 2)
  end
end

describe("pii.redact", function()
  it("puts tags in the place of values", function()
    equal(tw.pii.redact()("mail ana@site.org, ring 415-273-9164"), "mail <EMAIL>, ring <PHONE>")
    equal(tw.pii.redact {}("nothing"), "nothing")
  end)

  it("takes out the kinds that are asked for", function()
    local text = "ana@site.org 415-273-9164"
    equal(tw.pii.redact { kinds = { "phone" } }(text), "ana@site.org <PHONE>")
    equal(tw.pii.redact { kinds = "email" }(text), "<EMAIL> 415-273-9164")
  end)

  it("hashes with a key", function()
    local redact = tw.pii.redact { mode = "hash", key = "one" }
    assert(redact("ana@site.org"):find "^<EMAIL_%x+>$")
    equal(redact(redact "ana@site.org"), redact "ana@site.org")
    assert(redact "ana@site.org" ~= tw.pii.redact { mode = "hash", key = "two" } "ana@site.org")
  end)

  it("invents values that it does not find again", function()
    local redact = tw.pii.redact { mode = "fake" }
    local fake = redact "ana@site.org +44 20 7946 0958"
    assert(fake:find "^user%-%x+@example%.com %+1%-%d+%-555%-01%d%d$", fake)
    equal(redact(fake), fake)
    assert(tw.pii.redact { mode = "fake", seed = 1 } "ana@site.org" ~= redact "ana@site.org")
  end)

  it("knows what to leave", function()
    equal(tw.pii.redact { allow = { "@site.org", "8.8.8.8" } }("a@site.org dns 8.8.8.8 b@other.org"),
      "a@site.org dns 8.8.8.8 <EMAIL>")
  end)

  it("finds private addresses when asked", function()
    equal(tw.pii.redact()("host 10.1.2.200"), "host 10.1.2.200")
    equal(tw.pii.redact { public_only = false }("host 10.1.2.200"), "host <IPV4>")
  end)

  it("takes patterns of the script", function()
    equal(tw.pii.redact { patterns = { ticket = "TCK-[0-9]{6}" } }("see TCK-104822"), "see <TICKET>")
  end)

  it("keeps null, nul bytes and invalid UTF-8", function()
    local redact = tw.pii.redact()
    assert(redact(tw.null) == tw.null)
    equal(redact "\0\xff ana@site.org \xe3", "\0\xff <EMAIL> \xe3")
  end)

  it("refuses wrong options by name", function()
    fails(function() tw.pii.redact { kind = "email" } end, "pii.redact: unknown option `kind`; did you mean `kinds`?")
    fails(function() tw.pii.redact { kinds = { "mail" } } end, "pii: unknown kind: mail; did you mean `email`?")
    fails(function() tw.pii.redact { mode = "hide" } end,
      "pii.redact: mode must be one of `tag`, `fake`, `hash`: `hide`")
    fails(function() tw.pii.redact { mode = "hash" } end, "pii.redact: mode `hash` needs a key")
    fails(function() tw.pii.redact { patterns = { p = "(" } } end, "pii: pattern `p` is no regular expression")
    fails(function() tw.pii.redact { patterns = { "x" } } end,
      "option `patterns` must be a table of regular expressions")
    fails(function() tw.pii.redact { patterns = "x" } end, "option `patterns` must be a table of regular expressions")
    fails(function() tw.pii.redact { key = 1 } end, "must be a string")
    fails(function() tw.pii.redact { public_only = 1 } end, "option `public_only` must be true or false")
    fails(function() tw.pii.redact()(1) end, "pii.redact: takes a string or tw.null, not number")
  end)

  it("shows neither key nor values when printed", function()
    local text = tostring(tw.pii.redact { mode = "hash", key = "hunter2", allow = "ana@site.org" })
    assert(not text:find "hunter2" and not text:find "ana@site", text)
  end)
end)

describe("pii.find", function()
  it("tells kinds and bytes", function()
    local text = "né ana@site.org or 212-34-5678"
    local found = tw.pii.find(text)
    equal(#found, 2)
    equal(found[1].kind .. " " .. text:sub(found[1].start + 1, found[1].stop), "email ana@site.org")
    equal(found[2].kind .. " " .. text:sub(found[2].start + 1, found[2].stop), "ssn 212-34-5678")
    equal(#tw.pii.find(text, { kinds = "ssn" }), 1)
    equal(#tw.pii.find "", 0)
  end)
end)

describe("pii.report", function()
  local rows = tw.dataset.from_rows {
    { path = "a.py", content = "x = 'ana@site.org'", lang = "py" },
    { path = "b.py", content = "nothing", lang = "py" },
    { path = "c.py", content = "212-34-5678 ben@site.org", lang = "py" },
  }

  it("has a row for each finding", function()
    local report = tw.pii.report(rows):collect()
    equal(#report, 3)
    equal(report[1].file .. report[1].kind .. report[1].start .. "-" .. report[1].stop, "a.pyemail5-17")
    equal(report[2].file .. report[2].kind, "c.pyssn")
    equal(report[3].file .. report[3].kind, "c.pyemail")
  end)

  it("takes other columns and what to find", function()
    local report = tw.pii.report(rows, { file = "lang", kinds = "ssn" }):collect()
    equal(#report, 1)
    equal(report[1].file, "py")
    fails(function() tw.pii.report(rows, { column = "text" }):count() end, "pii.report: no column `text`")
    fails(function() tw.pii.report(rows, { kind = "x" }) end, "unknown option `kind`")
  end)

  it("knows its kinds", function() equal(#tw.pii.kinds(), 11) end)
end)
