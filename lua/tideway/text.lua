--- Cleans text in native code, a column at a time.
---
--- ```lua
--- local clean = tw.text.clean { urls = true, html = true, whitespace = true }
--- rows = rows:map("message", clean)
--- print(clean "See <b>http://x.np</b>\n this") --> See this
--- ```
local code = require "tideway.core.code"
local core = require "tideway.core.text"
local languages = require "tideway.internal.languages"
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

--- What white space goes.
---@class tideway.text.TidyOptions
---@field line_ends? boolean Remove spaces and tabs at the ends of lines. Default true.
---@field blank_lines? integer Keep so many blank lines in a row, at least 0. Default 2.
---@field final_newline? boolean End a text that holds anything with one line end, and no blank line. Default true.

--- Returns a function that removes white space that means nothing in most code.
---
--- A line ends with LF or CR LF, which stays what it is. What a line is part of, such as a string over several lines,
--- is not looked at. A text of white space alone becomes empty. Bytes that are not valid UTF-8 are kept.
---
--- Serves columns of type `string` and `large_string`, the column is `string` afterwards; another type is an error of
--- kind `usage` when the plan is made. Nulls stay null.
---
--- ```lua
--- tw.text.tidy()("f()  \n\n\n\n\ng()")   --> f()\n\n\ng()\n
--- ```
---@param options? tideway.text.TidyOptions An unknown option is an error of kind `usage`.
---@return tideway.Kernel tidy Takes a string, or a column through `map`.
function M.tidy(options) return core.tidy(options) end

--- How to make text of bytes.
---@class tideway.text.DecodeOptions
---@field encoding? string As Python calls it, `cp1252`, `koi8-r`, where it is known. Default `auto`: it is found.
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
--- Lines of another encoding in a file of UTF-8 are read as that: the encoding then is `utf-8, windows-1252`.
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

--- Rules for files of code, each with its threshold; false switches one off. The names of those that a text breaks
--- come in this order.
---
--- | rule | option | broken by a text |
--- |---|---|---|
--- | `too_large` | `max_bytes` | of more bytes |
--- | `nul` | `nul` | with a zero byte |
--- | `binary` | `max_binary` | with a larger share of controls, bytes that are no UTF-8, and U+FFFD |
--- | `control_bytes` | `max_control` | with a larger share of controls |
--- | `minified` | `minified_line`, `minified_space` | of so many characters a line, and so few of them white |
--- | `long_line` | `max_line` | with a longer line |
--- | `long_mean_line` | `mean_line` | with longer lines on average |
--- | `few_alphanumerics` | `min_alphanumeric` | with a smaller share of letters and digits |
--- | `generated` | `generated`, `generated_lines` | which says one of these, in any case, in its first lines |
--- | `truncated` | `truncated` | that ends within a comment, a string of several lines, or brackets |
---
--- The thresholds of lines and letters are those of StarCoder. What is truncated is told for the languages whose syntax
--- (`tw.stats.languages`) is `complete`: C, C++, C#, CSS, CUDA, device trees, Go, Java, JavaScript, JSON, Kotlin,
--- Objective-C, Protocol Buffer, Python, Rust, Swift and TypeScript. It is not told where an `#else` may open brackets
--- twice, of brackets in directives, nor where brackets or quotes of one line do not fit.
---@class tideway.text.CodeRules
---@field max_bytes? integer|false Default 10,000,000.
---@field nul? boolean Default true.
---@field max_binary? number|false Share of bytes. Default 0.1.
---@field max_control? number|false Share of bytes. Default 0.001.
---@field minified_line? number|false Characters. Default 200.
---@field minified_space? number Share of characters. Default 0.08.
---@field max_line? integer|false Characters. Default 1000.
---@field mean_line? number|false Characters. Default 100.
---@field min_alphanumeric? number|false Share of characters. Default 0.25.
---@field generated? string[]|false Instead of the default ones.
---@field generated_lines? integer Default 10.
---@field truncated? boolean Default true.
---@field language? string Programming language, in any case, for `truncated`.
---@field languages? table<string, tideway.stats.Syntax> More, or others for those of `tw.stats.languages`.

local RULES = {
  max_bytes = 10000000,
  nul = true,
  max_binary = 0.1,
  max_control = 0.001,
  minified_line = 200,
  minified_space = 0.08,
  max_line = 1000,
  mean_line = 100,
  min_alphanumeric = 0.25,
  generated = {
    "do not edit", "@generated", "code generated by", "auto-generated", "autogenerated", "automatically generated",
    "generated automatically", "this file is generated", "this file was generated", "a bison parser, made by",
    "a lexical scanner generated by flex",
  },
  generated_lines = 10,
  truncated = true,
}
-- What switches a rule off in native code.
local OFF = {
  max_bytes = 0, max_binary = -1, max_control = -1, minified_line = 0, max_line = 0, mean_line = 0,
  min_alphanumeric = 0, generated = {},
}

-- The rules with their defaults, as native code takes them, and further languages.
local function rules_of(options)
  local rules = {}
  for name, value in pairs(RULES) do rules[name] = value end
  if type(options) == "table" then
    for name, value in pairs(options) do rules[name] = value == false and OFF[name] or value end
  elseif options ~= nil then
    return options -- refused there
  end
  local more = rules.languages
  rules.languages = nil
  return rules, more
end

--- Returns a function that names the first rule that a file of code breaks.
---
--- For a text that breaks none, and for null, it is null. Serves columns of type `binary`, `string` and their large
--- kin. `filter` leaves out what breaks one. See also `Dataset:check_code`, which knows the language of each row and
--- tells all rules.
---
--- ```lua
--- local rules = tw.text.code_rules { language = "C" }
--- rules("/* Code generated by hand. DO NOT EDIT. */ int f() {")   --> generated
--- ```
---@param options? tideway.text.CodeRules An unknown option is an error of kind `usage`.
---@return tideway.Kernel rules Takes a string, or a column through `map`.
function M.code_rules(options)
  local rules, more = rules_of(options)
  local name = type(rules) == "table" and type(rules.language) == "string" and rules.language:lower()
  return code.rules(rules, name and { [name] = languages.by_name(more)[name] } or nil)
end

-- Of Dataset:check_code.
function M._check_code(rows, column, options)
  local rules, more = rules_of(options)
  return code.check(rows, column, rules, languages.by_name(more))
end

return M
