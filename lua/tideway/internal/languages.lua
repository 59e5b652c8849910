--- What the text of programming languages looks like (`tideway.stats.Syntax`).
local errors = require "tideway.core.errors"

local M = {}

local SLASHES = { line_comments = { "//" }, block_comments = { { "/*", "*/" } } }

local function like(base, ...)
  local syntax = {}
  for _, from in ipairs { base, ... } do
    for name, value in pairs(from) do syntax[name] = value end
  end
  return syntax
end

local BRACES = like(SLASHES, { strings = { '"', "'" }, braces = true, brace_functions = true })
local C = like(BRACES, { continued_comments = true, directives = true, complete = true })
local CPP = like(C, { cpp_raw_strings = true })
local JAVASCRIPT = like(BRACES, {
  template_strings = { "`" }, regexes = true, inner_functions = true, arrow_functions = true, complete = true,
})
local HASH = { line_comments = { "#" } }
local SHELL = like(HASH, {
  spaced_comments = true, long_strings = { '"' }, raw_strings = { { "'", "'" }, { "${", "}" } }, braces = true,
  brace_functions = true, inner_functions = true, function_words = { "function" },
})
local MARKUP = { block_comments = { { "<!--", "-->" } } }
local LISP = {
  line_comments = { ";" }, block_comments = { { "#|", "|#" } }, nested_comments = true, long_strings = { '"' },
}
local DATA = like(HASH, { spaced_comments = true, strings = { '"', "'" } })

local POD = {}
for i, word in ipairs { "begin", "back", "encoding", "for", "head", "item", "over", "pod" } do
  POD[i] = { "\n=" .. word, "\n=cut" }
end

M.table = {
  ["Ada"] = {
    line_comments = { "--" }, strings = { '"' }, function_words = { "function", "procedure" },
    function_words_first = true,
  },
  ["Assembly"] = { line_comments = { "#", ";", "//" }, block_comments = { { "/*", "*/" } }, strings = { '"' } },
  ["AWK"] = like(HASH, { strings = { '"' }, braces = true, function_words = { "function" } }),
  ["C"] = C,
  ["C#"] = like(BRACES, {
    raw_strings = { { '"""', '"""' } }, verbatim_strings = { { '@"', '"' }, { '@$"', '"' } }, directives = true,
    complete = true,
  }),
  ["C++"] = CPP,
  ["Clojure"] = like(LISP, { block_comments = {}, function_words = { "defn", "defmacro" } }),
  ["CMake"] = {
    line_comments = { "#" }, block_comments = { { "#[[", "]]" } }, long_strings = { '"' },
    function_words = { "function", "macro" },
  },
  ["Common Lisp"] = like(LISP, { function_words = { "defun", "defmacro" } }),
  ["CSS"] = { block_comments = { { "/*", "*/" } }, strings = { '"', "'" }, braces = true, complete = true },
  ["CUDA"] = CPP,
  ["D"] = like(BRACES, { block_comments = { { "/*", "*/" }, { "/+", "+/" } }, raw_strings = { { "`", "`" } } }),
  ["Dart"] = like(BRACES, { long_strings = { '"""', "'''" }, arrow_functions = true }),
  ["Device tree"] = like(SLASHES, { strings = { '"' }, directives = true, braces = true, complete = true }),
  ["Dockerfile"] = DATA,
  ["Elixir"] = like(HASH, {
    strings = { '"', "'" }, long_strings = { '"""' }, function_words = { "def", "defp", "defmacro" },
  }),
  ["Emacs Lisp"] = like(LISP, { block_comments = {}, function_words = { "defun", "defmacro", "cl-defun" } }),
  ["Erlang"] = { line_comments = { "%" }, strings = { '"', "'" } },
  ["Fortran"] = {
    line_comments = { "!" }, strings = { '"', "'" }, function_words_first = true,
    function_words = { "function", "subroutine", "FUNCTION", "SUBROUTINE" },
  },
  ["Go"] = like(SLASHES, {
    strings = { '"', "'" }, raw_strings = { { "`", "`" } }, braces = true, function_words = { "func" },
    function_words_first = true, complete = true,
  }),
  ["Groovy"] = like(BRACES, { long_strings = { '"""', "'''" }, function_words = { "def" }, brace_functions = false }),
  ["Haskell"] = {
    line_comments = { "--" }, block_comments = { { "{-", "-}" } }, nested_comments = true, strings = { '"' },
  },
  ["HTML"] = MARKUP,
  ["INI"] = { line_comments = { ";", "#" }, spaced_comments = true },
  ["Java"] = like(BRACES, { long_strings = { '"""' }, complete = true }),
  ["JavaScript"] = JAVASCRIPT,
  ["JSON"] = { strings = { '"' }, braces = true, complete = true },
  ["Julia"] = {
    line_comments = { "#" }, block_comments = { { "#=", "=#" } }, nested_comments = true, strings = { '"' },
    long_strings = { '"""' }, function_words = { "function", "macro" },
  },
  ["Kotlin"] = like(SLASHES, {
    nested_comments = true, strings = { '"', "'" }, raw_strings = { { '"""', '"""' } }, braces = true,
    function_words = { "fun" }, complete = true,
  }),
  ["Lua"] = {
    line_comments = { "--" }, block_comments = { { "--[[", "]]" }, { "--[=[", "]=]" }, { "--[==[", "]==]" } },
    strings = { '"', "'" }, raw_strings = { { "[[", "]]" }, { "[=[", "]=]" }, { "[==[", "]==]" } },
    function_words = { "function" },
  },
  ["Makefile"] = like(HASH, { spaced_comments = true }),
  ["Markdown"] = MARKUP,
  ["Meson"] = like(HASH, { raw_strings = { { "'''", "'''" } }, strings = { "'" } }),
  ["Nix"] = {
    line_comments = { "#" }, block_comments = { { "/*", "*/" } }, long_strings = { '"' },
    raw_strings = { { "''", "''" } }, braces = true,
  },
  ["Objective-C"] = C,
  ["OCaml"] = {
    block_comments = { { "(*", "*)" } }, nested_comments = true, long_strings = { '"' },
    function_words = { "fun", "function" },
  },
  ["Pascal"] = {
    line_comments = { "//" }, block_comments = { { "{", "}" }, { "(*", "*)" } }, strings = { "'" },
    function_words = { "function", "procedure" },
  },
  ["Perl"] = like(HASH, {
    spaced_comments = true, strings = { '"', "'" }, block_comments = POD, braces = true, function_words = { "sub" },
  }),
  ["PHP"] = like(BRACES, {
    line_comments = { "//", "#" }, long_strings = { '"', "'" }, strings = {}, brace_functions = false,
    function_words = { "function", "fn" },
  }),
  ["PowerShell"] = {
    line_comments = { "#" }, block_comments = { { "<#", "#>" } }, strings = { "'" }, long_strings = { '"' },
    braces = true, function_words = { "function" },
  },
  ["Protocol Buffer"] = like(SLASHES, { strings = { '"', "'" }, braces = true, complete = true }),
  ["Python"] = like(HASH, {
    strings = { '"', "'" }, long_strings = { '"""', "'''" }, function_words = { "def" }, complete = true,
  }),
  ["R"] = like(HASH, { long_strings = { '"', "'" }, braces = true, function_words = { "function" } }),
  ["Ruby"] = like(HASH, {
    spaced_comments = true, strings = { '"', "'" }, block_comments = { { "\n=begin", "\n=end" } },
    function_words = { "def" },
  }),
  ["Rust"] = like(SLASHES, {
    nested_comments = true, long_strings = { '"' }, rust_literals = true, braces = true, function_words = { "fn" },
    complete = true,
  }),
  ["Scala"] = like(SLASHES, {
    nested_comments = true, strings = { '"' }, long_strings = { '"""' }, braces = true, function_words = { "def" },
  }),
  ["Scheme"] = LISP,
  ["Shell"] = SHELL,
  ["SQL"] = { line_comments = { "--" }, block_comments = { { "/*", "*/" } }, raw_strings = { { "'", "'" } } },
  ["Swift"] = like(SLASHES, {
    nested_comments = true, strings = { '"' }, long_strings = { '"""' },
    raw_strings = { { '#"""', '"""#' }, { '#"', '"#' } }, braces = true, function_words = { "func", "init" },
    complete = true,
  }),
  ["Tcl"] = like(HASH, { spaced_comments = true, long_strings = { '"' }, braces = true, function_words = { "proc" } }),
  ["TeX"] = { line_comments = { "%" } },
  ["TOML"] = like(DATA, { long_strings = { '"""', "'''" } }),
  ["TypeScript"] = JAVASCRIPT,
  ["Vim Script"] = {
    line_comments = { '"' }, spaced_comments = true, strings = { "'" }, function_words = { "function", "def" },
  },
  ["XML"] = MARKUP,
  ["YAML"] = DATA,
  ["Zig"] = { line_comments = { "//" }, strings = { '"', "'" }, braces = true, function_words = { "fn" } },
}

--- The syntaxes by the languages' names in lower case: those of the table, and `more`, which come first.
---@param more? table<string, tideway.stats.Syntax>
---@return table<string, tideway.stats.Syntax>
function M.by_name(more)
  local syntaxes = {}
  for name, syntax in pairs(M.table) do syntaxes[name:lower()] = syntax end
  for name, syntax in pairs(more or {}) do
    if type(name) ~= "string" or type(syntax) ~= "table" then
      errors.raise("usage", "stats.Syntax: languages are tables by name")
    end
    syntaxes[name:lower()] = syntax
  end
  return syntaxes
end

return M
