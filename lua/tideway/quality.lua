--- The quality of natural-language text: the rules of published recipes, and the language it is in.
---
--- ```lua
--- local english = rows:map("text", tw.quality.language {}, { as = "language" })
---   :filter(tw.col "language":eq("en"))
--- local good = english:filter("text", tw.quality.repetition {}):filter("text", tw.quality.gopher {})
--- ```
---
--- A recipe is a native function: given a text it names the first of its rules that the text fails, or gives null. So
--- `filter` leaves texts out and counts them by rule, and `map` shows the rule in a column. Each threshold is an
--- option; the defaults are those of the publications. Where text and code of one differ, `fineweb` and `c4` say so.
---
--- A word is a run of letters, marks, digits and `_`, or a run of other characters that are no white space (a symbol);
--- a character is a code point; a line ends at a line feed.
local core = require "tideway.core.quality"
require "tideway.kernel"

local M = {}

local function with_defaults(defaults, options)
  if options ~= nil and type(options) ~= "table" then return options end -- refused by name
  local all = {}
  for name, value in pairs(defaults) do all[name] = value end
  for name, value in pairs(options or {}) do all[name] = value end
  return all
end

--- What Gopher allows.
---@class tideway.quality.GopherOptions
---@field min_words? integer That are no symbols. Default 50.
---@field max_words? integer Default 100,000.
---@field min_word_length? number The mean, in characters. Default 3.
---@field max_word_length? number Default 10.
---@field max_symbol_share? number Of `#`, and of ellipses, for each word. Default 0.1.
---@field max_bullet_lines? number The share of lines that begin with `•` or `-`. Default 0.9.
---@field max_ellipsis_lines? number The share of lines that end with an ellipsis. Default 0.3.
---@field min_alphabetic_words? number The share of words with a letter. Default 0.8.
---@field min_stop_words? integer Different ones that must occur. Default 2.
---@field stop_words? string[] Default the, be, to, of, and, that, have, with.
local GOPHER = {
  min_words = 50, max_words = 100000, min_word_length = 3, max_word_length = 10, max_symbol_share = 0.1,
  max_bullet_lines = 0.9, max_ellipsis_lines = 0.3, min_alphabetic_words = 0.8, min_stop_words = 2,
  stop_words = { "the", "be", "to", "of", "and", "that", "have", "with" },
}

--- Returns Gopher's rules of quality ([Rae et al.](https://arxiv.org/abs/2112.11446), A.1.1).
---
--- Names: `few_words`, `many_words`, `short_words`, `long_words`, `hashes`, `ellipses`, `bullets`, `ellipsis_lines`,
--- `few_letters`, `few_stop_words`.
---
--- ```lua
--- tw.quality.gopher {} "too short"      --> few_words
--- ```
---@param options? tideway.quality.GopherOptions An unknown option is an error of kind `usage`.
---@return tideway.Kernel rules
function M.gopher(options) return core.gopher(with_defaults(GOPHER, options)) end

--- How much of a text may be there more than once. Shares are of its characters, where nothing else is said.
---@class tideway.quality.RepetitionOptions
---@field max_repeated_paragraphs? number Share of paragraphs that are equal to an earlier one. Default 0.3.
---@field max_repeated_paragraph_characters? number Default 0.2.
---@field max_repeated_lines? number Share of lines. Default 0.3.
---@field max_repeated_line_characters? number Default 0.2.
---@field max_top_ngrams? number[] Of the most frequent run of 2, 3, 4 words. Default 0.2, 0.18, 0.16.
---@field max_repeated_ngrams? number[] Of runs of 5 to 10 words that are equal to an earlier one. Default 0.15 to 0.10.
local REPETITION = {
  max_repeated_paragraphs = 0.3, max_repeated_paragraph_characters = 0.2, max_repeated_lines = 0.3,
  max_repeated_line_characters = 0.2, max_top_ngrams = { 0.2, 0.18, 0.16 },
  max_repeated_ngrams = { 0.15, 0.14, 0.13, 0.12, 0.11, 0.10 },
}

--- Returns Gopher's rules against repetition (the same, table A1).
---
--- Names: `empty`, `repeated_paragraphs`, `repeated_paragraph_characters`, `repeated_lines`,
--- `repeated_line_characters`, `top_2_gram` to `top_4_gram`, `repeated_5_grams` to `repeated_10_grams`.
---@param options? tideway.quality.RepetitionOptions An unknown option is an error of kind `usage`.
---@return tideway.Kernel rules
function M.repetition(options) return core.repetition(with_defaults(REPETITION, options)) end

--- What FineWeb allows beyond the others.
---@class tideway.quality.FineWebOptions
---@field min_punctuated_lines? number The share of lines that end a sentence. Default 0.12.
---@field max_short_lines? number The share of short lines. Default 0.67.
---@field short_line? integer Characters. Default 30.
---@field max_repeated_line_characters? number The share in lines that are equal to an earlier one. Default 0.01.
---@field max_line_breaks? number For each word. Default 0.3.
local FINEWEB = {
  min_punctuated_lines = 0.12, max_short_lines = 0.67, short_line = 30, max_repeated_line_characters = 0.01,
  max_line_breaks = 0.3,
}

--- Returns FineWeb's own rules ([Penedo et al.](https://arxiv.org/abs/2406.17557), 3.6).
---
--- For lines that repeat the text names a share of 0.1; the default here, 0.01, is that of the code which made the
--- dataset (`FineWebQualityFilter` of datatrove).
---
--- Names: `empty`, `few_punctuated_lines`, `short_lines`, `repeated_line_characters`, `line_breaks`.
---@param options? tideway.quality.FineWebOptions An unknown option is an error of kind `usage`.
---@return tideway.Kernel rules
function M.fineweb(options) return core.fineweb(with_defaults(FINEWEB, options)) end

--- What C4 leaves out.
---@class tideway.quality.C4Options
---@field min_sentences? integer In the lines that stay. Default 5.
---@field min_line_words? integer Between white space. Default 3.
---@field max_word_length? integer Characters between white space. Default 1,000.
---@field line_phrases? string[] In lower case: lines that have one go. Default `javascript` and phrases of policies.
---@field text_phrases? string[] Texts that have one in a line that would stay go. Default `lorem ipsum`, `{`.
local C4 = {
  min_sentences = 5, min_line_words = 3, max_word_length = 1000,
  line_phrases = {
    "javascript", "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies",
  },
  text_phrases = { "lorem ipsum", "{" },
}

--- Returns C4's rules about whole texts ([Raffel et al.](https://arxiv.org/abs/1910.10683), 2.2): those with a phrase,
--- and those of which `c4_lines` leaves too little. Names: `phrase`, `few_sentences`.
---
--- The defaults of five sentences and three words are those of the text; the code that made the dataset (in TensorFlow
--- Datasets) has three sentences and five words. Its list of bad words is not here, and its deduplication of runs of
--- three sentences is not; `tw.dedup.lines` removes lines that recur.
---@param options? tideway.quality.C4Options An unknown option is an error of kind `usage`.
---@return tideway.Kernel rules
function M.c4(options) return core.c4(with_defaults(C4, options)) end

--- Returns a function that leaves out of a text the lines that C4 does: those that do not end in `.`, `?`, `!` or a
--- quotation mark, those with few or very long words, and those with a phrase; marks of citations (`[12]`, `[edit]`) go
--- out of the others.
---
--- ```lua
--- rows:filter("text", tw.quality.c4 {}):map("text", tw.quality.c4_lines {})
--- ```
---@param options? tideway.quality.C4Options The same as of `c4`.
---@return tideway.Kernel clean
function M.c4_lines(options) return core.c4_lines(with_defaults(C4, options)) end

---@class tideway.quality.LanguageOptions
---@field min_share? number The share of the text that must be in it, 0 to 1. Default 0.5.
local LANGUAGE = { min_share = 0.5 }

--- Returns a function that tells the natural language of a text, as CLD2 does: `en`, `pt`, `zh-Hant`; null where it is
--- not sure, or no language has the share.
---
--- ```lua
--- tw.quality.language {} "Das ist ein kurzer Satz, der auf Deutsch geschrieben ist."      --> de
--- ```
---@param options? tideway.quality.LanguageOptions An unknown option is an error of kind `usage`.
---@return tideway.Kernel language
function M.language(options) return core.language(with_defaults(LANGUAGE, options)) end

return M
