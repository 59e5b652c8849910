local tw = require "tideway"

local function equal(got, expected)
  if got ~= expected then error(("expected %s, got %s"):format(expected, tostring(got)), 2) end
end

local function fails(f, kind, message)
  local ok, err = pcall(f)
  assert(not ok, "no error; expected: " .. message)
  equal(err.kind, kind)
  if not err.message:find(message, 1, true) then
    error(("expected %q in %q"):format(message, err.message), 2)
  end
end

-- Few bytes have a token; the others are left out.
local FILE = [[{"version": "1.0", "added_tokens": [{"id": 4, "content": "<s>", "special": true, "normalized": false}],
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "decoder": {"type": "ByteLevel"},
  "post_processor": {"type": "BertProcessing", "cls": ["<s>", 4], "sep": ["<s>", 4]},
  "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "Ġ": 2, "ab": 3, "<s>": 4}, "merges": ["a b"]}}]]

local function written(text)
  local path = tw.path.scratch "tokenizer.json"
  tw.path.write(path, text)
  return path
end

local function texts(list) return tw.dataset.from_rows(list, { types = { text = "string" } }) end

describe("tokens", function()
  local tokenizer = tw.tokens.load(written(FILE))

  it("encodes, counts and decodes a text", function()
    equal(table.concat(tokenizer:encode "ab ba<s>", " "), "3 2 1 0 4")
    equal(table.concat(tokenizer:encode("ab", { special = true }), " "), "4 3 4")
    equal(#tokenizer:encode "", 0)
    equal(tokenizer:count "ab ba", 4)
    equal(tokenizer:count("ab ba", { special = true }), 6)
    equal(tokenizer:decode { 4, 3, 2, 1, 99 }, "ab b")
    equal(tokenizer:decode({ 4, 3 }, { special = true }), "<s>ab")
  end)

  it("tells tokens and their numbers", function()
    equal(tokenizer:id "<s>", 4)
    equal(tokenizer:id "zz", nil)
    equal(tokenizer:token(3), "ab")
    equal(tokenizer:token(-1), nil)
    equal(tokenizer:token(5), nil)
    equal(tokenizer:size(), 5)
    assert(tostring(tokenizer):find "^tideway.Tokenizer: 5 tokens, sha256:%x+$")
  end)

  it("makes columns of tokens and of counts", function()
    local rows = texts { { text = "ab" }, { text = tw.null }, { text = "" } }
    local made = rows:map("text", tokenizer:ids { special = true }, { as = "ids" })
      :map("text", tokenizer:counts())
      :collect()
    equal(table.concat(made[1].ids, " "), "4 3 4")
    equal(made[1].text, 1)
    equal(made[2].ids, tw.null)
    equal(made[2].text, tw.null)
    equal(made[3].text, 0)
  end)

  it("packs documents and counts what fills no row", function()
    local rows = texts { { text = "ab" }, { text = "a b" } }:map("text", tokenizer:ids(), { as = "ids" })
    local packed = rows:pack { length = 2, separator = 4 }:collect()
    local all = {}
    for _, row in ipairs(packed) do all[#all + 1] = table.concat(row.ids, " ") end
    equal(table.concat(all, "|"), "3 4|0 2|1 4")
    equal(rows:pack { length = 4 }:count(), 1)
    equal(rows:pack { length = 3, remainder = "keep" }:count(), 2)
  end)

  it("refuses wrong texts, numbers and options by name", function()
    fails(function() tokenizer:encode "a\255" end, "data", "text is not UTF-8: byte 1")
    fails(function() tokenizer:encode("a", { specials = true }) end, "usage", "did you mean `special`?")
    fails(function() tokenizer:decode { 1, "x" } end, "usage", "no id of a token at 2: string")
    fails(function() tokenizer:decode { 1.5 } end, "usage", "no id of a token at 1")
    fails(function() tokenizer:ids { invalid = "drop" } end, "usage", "invalid")
    fails(function() tokenizer:ids()("a\255") end, "data", "byte 1")
    equal(#tokenizer:ids { invalid = "replace" }("ab\255"), 1)
    local rows = texts { { text = "ab" } }
    fails(function() rows:map("text", tokenizer:ids(), { as = "text" }):collect() end, "usage",
      "there is a column `text` already")
    fails(function() rows:pack { column = "text", length = 2 }:count() end, "usage", "must be list<int32>: string")
    fails(function() rows:pack { length = 0 } end, "usage", "length must be 1 to 1048576: 0")
    fails(function() rows:pack { length = 2, separator = -1 } end, "usage", "separator must be a token: -1")
    fails(function() rows:pack { length = 2, remainder = "pad" } end, "usage", "padding")
  end)

  it("refuses a file that it does not understand, by its path", function()
    fails(function() tw.tokens.load "nowhere.json" end, "not_found", "nowhere.json")
    local path = written((FILE:gsub("ByteLevel", "UnicodeScripts", 1)))
    fails(function() tw.tokens.load(path) end, "data", "`UnicodeScripts`")
    fails(function() tw.tokens.load(path) end, "data", path)
    fails(function() tw.tokens.load(written "[") end, "data", "no tokenizer.json")
  end)
end)
