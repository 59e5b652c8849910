local checks = require "checks"
local tw = require "tideway"

local HASH = ("94a9ed02"):rep(5)
local BLOB = ("3f786850"):rep(5)

local function rows(list) return tw.dataset.from_rows(list or { { blob_id = BLOB } }) end

local function refuses(words, changes)
  local options = { to = "unused", language = "Lua", accept_terms = true }
  for key, value in pairs(changes) do options[key] = value end
  return checks.fails("usage", words, function() tw.swh.fetch(rows(), options) end)
end

describe("tw.swh.fetch", function()
  it("tells the terms, and what to do", function()
    local ok, err = pcall(tw.swh.fetch, rows(), { to = "unused", language = "Lua" })
    assert(not ok and err.kind == "usage" and err.message:find("the archive's terms are not accepted: ", 1, true))
    checks.equal(err.hint, "read them, then say accept_terms = true")
  end)

  it("refuses options that make no sense", function()
    refuses("swh: `to` names no folder", { to = "" })
    refuses("swh: `language` is empty", { language = "" })
    refuses("swh: at_once must be 1 to 256: 0", { at_once = 0 })
    refuses("swh: at_once must be 1 to 256: 257", { at_once = 257 })
    refuses("swh: batch must be at least 1: 0", { batch = -1 })
    refuses("swh: max_bytes must be at least 1: 0", { max_bytes = 0 })
    refuses('swh: option `names` must be "blob" or "path", not "paht"; did you mean `path`?', { names = "paht" })
    refuses('swh: option `on_error` must be "replace" or "skip" or "strict", not "ignore"', { on_error = "ignore" })
    refuses("swh.fetch: unknown option `lang`", { lang = "Lua" })
    refuses("store: requester_pays without a spend_limit_usd", { requester_pays = true })
  end)

  it("refuses rows without blobs", function()
    local options = { to = tw.path.scratch(), language = "Lua", accept_terms = true }
    checks.fails("usage", "swh: no column `blob_id`", function()
      tw.swh.fetch(rows { { path = "/a.lua" } }, options)
    end)
    checks.fails("data", "swh: row 0: blob_id is no SHA-1: `xyz`", function()
      tw.swh.fetch(rows { { blob_id = "xyz" } }, options)
    end)
  end)
end)

describe("tw.swh.remove_unlisted", function()
  it("deletes nothing where nothing is listed", function()
    checks.fails("data", "swh: nothing of Lua is listed any more", function()
      tw.swh.remove_unlisted(rows():limit(0), { to = tw.path.scratch(), language = "Lua" })
    end)
  end)
end)

describe("tw.swh.id", function()
  it("credits a content", function()
    local row = { content_id = HASH, repo_name = "acme/a", snapshot_id = HASH, revision_id = HASH, path = "/50%;.lua" }
    checks.equal(tw.swh.id(row), "swh:1:cnt:" .. HASH .. ";origin=https://github.com/acme/a;visit=swh:1:snp:" .. HASH
      .. ";anchor=swh:1:rev:" .. HASH .. ";path=/50%25%3B.lua")
    checks.equal(tw.swh.parse(tw.swh.id(row)).qualifiers.path, row.path)
    checks.equal(tw.swh.id { content_id = HASH, path = "a.lua" }, "swh:1:cnt:" .. HASH .. ";path=/a.lua")
  end)

  it("is the hash that git has", function()
    checks.equal(tw.swh.id_of "hello\n", "swh:1:cnt:ce013625030ba8dba906f756967f9e9ca394464a")
    checks.equal(tw.swh.id_of "a\0b", tw.swh.id_of "a\0b")
  end)

  it("refuses what is none", function()
    checks.fails("data", "swh: no 40 lower-case hex digits: ``", function() tw.swh.id {} end)
    checks.fails("data", "swh: unknown qualifier: `color`", function()
      tw.swh.parse("swh:1:cnt:" .. HASH .. ";color=red")
    end)
  end)
end)

describe("tw.swh.decode", function()
  it("gives UTF-8", function()
    checks.equal(tw.swh.decode("caf\xe9", "latin-1"), "café")
    checks.equal(tw.swh.decode "café", "café")
    local text, replaced = tw.swh.decode("a\xff", "utf-8", "replace")
    checks.equal(text, "a\xef\xbf\xbd")
    checks.equal(replaced, 1)
  end)

  it("refuses what it cannot", function()
    checks.fails("data", "encoding: no UTF-8 from byte 1 on", function() tw.swh.decode "a\xff" end)
    checks.fails("data", "encoding: unknown: `klingon`", function() tw.swh.decode("a", "klingon") end)
    checks.fails("usage", 'swh.decode: on_error must be "strict" or "replace", not "skip"', function()
      tw.swh.decode("a", "utf-8", "skip")
    end)
  end)
end)
