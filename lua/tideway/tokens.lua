--- Tokens: texts as the numbers that models read, by a `tokenizer.json`, in native code.
---
--- ```lua
--- local tokenizer = tw.tokens.load "hf://microsoft/codebert-base/tokenizer.json"
--- local ids = tokenizer:encode("for i in x:", { special = true })
--- rows = rows:map("content", tokenizer:ids())
--- ```
---
--- What comes out is equal, token for token, to what Python's `tokenizers` (0.23) makes of the same file. Models: BPE
--- and WordPiece. A file that needs what is not known here is an error that names it; only its `truncation` and
--- `padding` are passed over, for here a text is a row and keeps all of its tokens.
local core = require "tideway.core.tokens"
require "tideway.kernel"

local M = {}

--- A tokenizer, made by `tw.tokens.load`.
---@class tideway.Tokenizer
local Tokenizer = {}

---@class tideway.tokens.EncodeOptions
---@field special? boolean With the tokens that the file puts around a text, as `<s>` and `</s>`. Default false.

---@class tideway.tokens.DecodeOptions
---@field special? boolean Special tokens become text too. Default false: they are left out.

---@class tideway.tokens.ColumnOptions
---@field special? boolean With the tokens that the file puts around a text. Default false.
---@field invalid? "refuse"|"replace" Bytes that are no UTF-8 are an error of kind `data` that names the row, or become
--- U+FFFD. Default `refuse`.

--- Loads a tokenizer.
---
--- ```lua
--- local tokenizer = tw.tokens.load "tokenizer.json"
--- ```
---
--- Errors of kind `data` tell what in the file is broken, or not known here: a type, a field, a regular expression.
---@param path string A `tokenizer.json` on this machine, or at `https://`, `hf://`, `s3://` or `gs://`.
---@return tideway.Tokenizer
function M.load(path) return core.load(path) end

--- Returns the tokens of a text, as a list of numbers.
---
--- Special tokens that stand in the text, as `<s>`, are found there. Text that is not UTF-8 is an error of kind `data`.
---@param text string
---@param options? tideway.tokens.EncodeOptions
---@return integer[] ids
function Tokenizer:encode(text, options) return core.encode(self, text, options) end

--- Returns the text of tokens. Numbers that are no token's are passed over.
---@param ids integer[]
---@param options? tideway.tokens.DecodeOptions
---@return string text
function Tokenizer:decode(ids, options) return core.decode(self, ids, options) end

--- Returns how many tokens a text has.
---@param text string
---@param options? tideway.tokens.EncodeOptions
---@return integer
function Tokenizer:count(text, options) return core.count(self, text, options) end

--- Returns a function for `map` that turns a column of text into one of tokens (`list<int32>`). Nulls stay null.
---
--- ```lua
--- rows = rows:map("content", tokenizer:ids { special = true })
--- ```
---@param options? tideway.tokens.ColumnOptions
---@return tideway.Kernel ids
function Tokenizer:ids(options) return core.ids(self, options) end

--- Returns a function for `map` that turns a column of text into how many tokens it has (`int64`). Nulls stay null.
---
--- ```lua
--- rows = rows:with { tokens = tw.col "content" }:map("tokens", tokenizer:counts())
--- ```
---@param options? tideway.tokens.ColumnOptions
---@return tideway.Kernel counts
function Tokenizer:counts(options) return core.counts(self, options) end

--- Returns the number of a token, as the file writes it: `Ġfor`, `##ing`, `</s>`.
---@param token string
---@return integer? id Nil when there is no such token.
function Tokenizer:id(token) return core.id_of(self, token) end

--- Returns the token of a number, as the file writes it.
---@param id integer
---@return string? token Nil when there is no such number.
function Tokenizer:token(id) return core.token_of(self, id) end

--- Returns how many numbers there are: one more than the largest. What an embedding needs.
---@return integer
function Tokenizer:size() return core.size(self) end

function Tokenizer:__tostring()
  return ("tideway.Tokenizer: %d tokens, sha256:%s"):format(core.size(self), core.sha256(self):sub(1, 16))
end

core.class("tideway.Tokenizer", Tokenizer)

return M
