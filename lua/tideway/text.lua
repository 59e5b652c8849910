--- Cleans text in native code, a column at a time.
---
--- ```lua
--- local clean = tw.text.clean { urls = true, html = true, whitespace = true }
--- rows = rows:map("message", clean)
--- print(clean "See <b>http://x.np</b>\n this") --> See this
--- ```
local core = require "tideway.core.text"
require "tideway.kernel"

local M = {}

--- What to clean. The steps run in this order, each on the result of the one before.
---@class tideway.text.CleanOptions
---@field urls? boolean Remove `http://`, `https://`, `www.` up to white space. Default true.
---@field html? boolean Remove each `<` up to the next `>` on the same line. Default true.
---@field newlines? boolean Turn each newline to a space. Default true.
---@field whitespace? boolean Fold runs of white space (newlines too) and strip. Default true.

--- Returns a function that removes web addresses, tags and irregular white space.
---
--- Equals these Python expressions on all input, each of which an option can switch off:
--- `re.sub(r'https?://\S+|www\.\S+', '', s)`, `re.sub(r'<.*?>', '', s)`, `s.replace('\n', ' ')`,
--- `re.sub(r'\s+', ' ', s).strip()`. White space is that of Unicode; case matters. Bytes that are
--- not valid UTF-8 are kept.
---
--- Serves columns of type `string` and `large_string`; another type is an error of kind `usage`
--- when the plan is made. Nulls stay null.
---
--- ```lua
--- tw.text.clean()("a  http://x.np b")                  --> a b
--- tw.text.clean { urls = false }("a  http://x.np b")   --> a http://x.np b
--- ```
---@param options? tideway.text.CleanOptions An unknown option is an error of kind `usage`.
---@return tideway.Kernel clean Takes a string, or a column through `map`.
function M.clean(options) return core.clean(options) end

return M
