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

--- How to make text of bytes.
---@class tideway.text.DecodeOptions
---@field encoding? string As Python calls it (`cp1252`, `koi8-r`), where it is known. Default `auto`: it is found.
---@field on_unknown? "refuse"|"null"|"replace"|"latin1" What becomes of bytes that are no text. Default `refuse`.
---@field mojibake? boolean Undo what comes of UTF-8 that was read as another encoding. Default true.
---@field newlines? "keep"|"lf"|"crlf" Make all line ends (LF, CR LF, CR) one. Default `keep`.

--- Returns a function that makes UTF-8 of bytes in any encoding.
---
--- The encoding is told by a byte order mark, which is taken away; else, what is valid UTF-8 without a NUL is never
--- called anything else, and 7-bit encodings are not looked for; then UTF-16 and UTF-32 are told by their zeros;
--- then the code page is taken in whose languages the letters are the most probable. These are windows-1250 to 1257
--- but 1258, ISO-8859-2, -7 and -15, KOI8-R and -U, the pages 850, 852, 866 and 874, Mac Roman, Shift_JIS, EUC-JP,
--- GB18030, Big5 and Korean 949. Where two pages are about as probable and give different texts, none is guessed.
---
--- What is no text has a reason: `binary` (NULs, many controls), `damaged utf-8`, `ambiguous`, `unknown encoding`, or,
--- with `encoding`, `no` and its name. Of `on_unknown`, `refuse` is an error of kind `data` that names row and reason;
--- `null` makes the cell null; `replace` reads it as UTF-8, with U+FFFD for what is none; `latin1` makes
--- each byte the character of its number, so that nothing is lost.
---
--- Mojibake is undone where that is exact: all the text goes back through the wrong page, several times where it was
--- read wrong several times, and what comes of it is clearly more probable. A text with anything beyond ASCII that was
--- read rightly is left alone.
---
--- Serves columns of type `binary`, `string` and their large kin; the column is `string` (`large_string`) afterwards.
--- Nulls stay null.
---
--- ```lua
--- tw.text.decode()("gr\xf6\xdfer")     --> größer
--- tw.text.decode()("grÃ¶ÃŸer")         --> größer
--- rows:map("content", tw.text.decode { on_unknown = "null", newlines = "lf" })
--- ```
---@param options? tideway.text.DecodeOptions An unknown option is an error of kind `usage`.
---@return tideway.Kernel decode Takes a string, or a column through `map`.
function M.decode(options) return core.decode(options) end

--- What is found out about bytes.
---@class tideway.text.Detected
---@field text? string The text, UTF-8; none where there is a problem that `on_unknown` lets be.
---@field encoding? string That the bytes are in, as Python calls it.
---@field problem? string Why there is no text, as listed at `decode`.
---@field best? string What ambiguous bytes may be in,
---@field second? string or as well.
---@field mojibake? string What it had been read as, the last one first: `windows-1252, windows-1252`.
---@field guessed integer Bytes of mojibake that had become spaces, and were taken for what they were.
---@field lost integer U+FFFD in the text: characters that nobody brings back.
---@field question_marks integer Those in runs of three and more, which some writers put for what they lack.
---@field mixed_newlines boolean Lines ended in more than one way.

--- Makes text of some bytes as `decode` does, and tells what was found.
---
--- ```lua
--- tw.text.detect("\xcf\xf0\xe8\xe2\xe5\xf2").encoding   --> windows-1251
--- ```
---@param bytes string
---@param options? tideway.text.DecodeOptions
---@return tideway.text.Detected
function M.detect(bytes, options) return core.detect(bytes, options) end

return M
