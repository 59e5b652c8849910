--- Measures a corpus: files and bytes by language, sizes, tokens, lines, functions, nesting, duplicates.
---
--- ```lua
--- local rows = tw.dataset.parquet "corpus/*.parquet"        -- path, content, language
--- tw.stats.report(rows, { language = "language", html = "out/stats.html", json = "out/stats.json" })
--- rows = tw.stats.code(rows, { language = "language" })     -- lines, functions, nesting ... as columns
---   :filter(tw.col "longest_line":lt(1000))
--- ```
local core = require "tideway.core.stats"
local errors = require "tideway.core.errors"
local core_path = require "tideway.core.path"
local languages = require "tideway.internal.languages"
local options_kit = require "tideway.internal.options"
local path_kit = require "tideway.path"
local stats_report = require "tideway.internal.stats_report"
local validate = require "tideway.validate"
local values = require "tideway.core.values"

local M = {}

local function usage(text, hint) errors.raise("usage", "stats: " .. text, hint) end

--- What a language's text looks like, as far as measures of code, and `tw.text.code_rules` to tell what is cut off,
--- need it.
---@class tideway.stats.Syntax
---@field line_comments? string[] What begins a comment up to the end of the line.
---@field block_comments? string[][] Pairs: `{ { "/*", "*/" } }`.
---@field nested_comments? boolean Block comments may lie in each other. Default false.
---@field spaced_comments? boolean A comment begins only at the start of a line or after white space. Default false.
---@field continued_comments? boolean A line comment that ends in a backslash goes on in the next line. Default false.
---@field strings? string[] Quotes of strings that end with their line; a backslash escapes.
---@field long_strings? string[] Of strings that do not.
---@field template_strings? string[] Of such strings in which `${ }` holds code.
---@field raw_strings? string[][] Pairs around strings without escapes, of any number of lines.
---@field verbatim_strings? string[][] Around those in which the end, twice, stands for itself: `{ { '@"', '"' } }`.
---@field cpp_raw_strings? boolean `R"x(...)x"` is a string.
---@field rust_literals? boolean `r#"..."#` is a string, and `'` begins a character or a lifetime.
---@field regexes? boolean `/x/` is a pattern where no value stands before it.
---@field directives? boolean Lines that begin with `#` are directives, as of C: `#define`, `#else`.
---@field braces? boolean Blocks are in braces. Default: indentation tells them.
---@field brace_functions? boolean `name(...) {` is a function, unless it is in the body of another.
---@field inner_functions? boolean There, too.
---@field arrow_functions? boolean Each `=>` is a function.
---@field function_words? string[] Each of these words is a function: `{ "def" }`.
---@field function_words_first? boolean Only where the word is the first of its line.
---@field complete? boolean This knows all that a whole file opens and closes, so others are cut off. Default false.

--- The languages that are known, by name: those of GitHub's Linguist, in any case. Scripts may add to it.
---@type table<string, tideway.stats.Syntax>
M.languages = languages.table

---@class tideway.stats.CodeOptions
---@field content? string Column of text or bytes. Default `content`.
---@field language? string Column of languages. Default: none is known.
---@field languages? table<string, tideway.stats.Syntax> Further languages, or others for those of `languages`.

local CODE_FIELDS = { "content", "language", "languages" }

--- Adds measures of the code in a column, as `int64` columns: `bytes`, `lines`, `code_lines`, `comment_lines`,
--- `blank_lines`, `longest_line` (bytes), `functions` and `nesting`.
---
--- A lexer that knows comments, strings and blocks does it in one pass. A line is blank when it has white space only, a
--- comment when it has nothing but comments, else code; the documentation strings of Python are code. Functions are
--- what the language's syntax says: what a word as `def` begins, or `name(...) {`. Nesting is the greatest depth of
--- blocks, of braces or of indentation.
---
--- Where the language is not known, `functions` and `nesting` are null and lines are code or blank; where the content
--- is null all are. Errors of kind `usage`: a column that is there already.
---@param rows tideway.Dataset
---@param options? tideway.stats.CodeOptions
---@return tideway.Dataset
function M.code(rows, options)
  options = options or {}
  options_kit.refuse_unknown("stats.code: unknown option", options, CODE_FIELDS)
  local syntaxes = languages.by_name(options.languages)
  return core.code(rows, { content = options.content, language = options.language }, syntaxes)
end

--- Measures one text, as `code` measures a column.
---
--- ```lua
--- tw.stats.measure("def f():\n  return 1  # one\n", "Python").functions   --> 1
--- ```
---@param text string
---@param language? string
---@return table<string, integer> measures
function M.measure(text, language)
  return core.measure(text, language and languages.by_name()[language:lower()] or nil)
end

---@class tideway.stats.ReportOptions
---@field content? string Column of text or bytes. Default `content`.
---@field language? string Column of languages. Default: all rows are one group.
---@field languages? table<string, tideway.stats.Syntax> As for `code`.
---@field tokens? string Column of numbers of tokens.
---@field cluster? string Column of near-duplicates' clusters: rows of one value are duplicates of each other.
---@field kept? string Column of booleans: whether deduplication keeps the row.
---@field pii? tideway.Dataset|table<string, integer>|string[] Findings; see below.
---@field title? string Of the page. Default `Corpus`.
---@field html? string A `.html` file to write.
---@field json? string A `.json` file to write.

local REPORT_FIELDS = {
  "content", "language", "languages", "tokens", "cluster", "kept", "pii", "title", "html", "json",
}

local MEASURES = {
  "bytes", "lines", "code_lines", "comment_lines", "blank_lines", "longest_line", "functions", "nesting",
}

local function check_report(options)
  options_kit.refuse_unknown("stats.report: unknown option", options, REPORT_FIELDS)
  for _, kind in ipairs { "html", "json" } do
    local path = options[kind]
    if path ~= nil and (type(path) ~= "string" or path_kit.extension(path) ~= "." .. kind) then
      usage(("report: %s must be the path of a .%s file: %s"):format(kind, kind, tostring(path)))
    end
  end
  if options.pii ~= nil and type(options.pii) ~= "table" and values.type_name(options.pii) ~= "tideway.Dataset" then
    usage("report: pii must be findings, numbers by kind or columns, not " .. values.type_name(options.pii))
  end
end

-- How many rows have another one of their cluster.
local function clusters_of(rows, column)
  local sizes = rows:filter { not_null = column }:group_by(column, { rows = "count" })
  local numbers = validate.profile(sizes, { numbers = { "rows" } }).numbers.rows
  local single = 0
  for _, bin in ipairs(numbers.bins) do
    if bin[1] == 1 then single = bin[2] end
  end
  local clusters, in_clusters = numbers.count - single, (numbers.sum or 0) - single
  return {
    clusters = clusters, rows_in_clusters = in_clusters, rows_to_remove = in_clusters - clusters,
    largest = numbers.max or 0, sizes = numbers,
  }
end

local function is_dataset(value) return values.type_name(value) == "tideway.Dataset" end

local function kind_of(name, findings, rows)
  return values.object({ kind = name, findings = findings, rows = rows }, { "kind", "findings", "rows" })
end

-- Of findings that are rows.
local function pii_rows(findings)
  local has_file = false
  for _, column in ipairs(findings:columns()) do has_file = has_file or column.name == "file" end
  local rows, kinds = {}, {}
  if has_file then
    local files = findings:distinct("kind", "file"):group_by("kind", { rows = "count" })
    for row in files:rows() do rows[row.kind] = row.rows end
  end
  for row in findings:group_by("kind", { findings = "count" }):rows() do
    kinds[#kinds + 1] = kind_of(row.kind, row.findings, rows[row.kind])
  end
  return kinds
end

local function pii_of(profile, pii)
  local kinds = {}
  if is_dataset(pii) then return pii_rows(pii) end
  if #pii == 0 then
    for i, kind in ipairs(options_kit.sorted_keys(pii)) do kinds[i] = kind_of(kind, pii[kind]) end
    return kinds
  end
  for i, column in ipairs(pii) do
    local numbers, rows_with = profile.numbers[column], 0
    for _, bin in ipairs(numbers.bins) do
      if bin[1] > 0 then rows_with = rows_with + bin[2] end
    end
    kinds[i] = kind_of(column, numbers.sum or 0, rows_with)
  end
  return kinds
end

-- Everything that one pass tells.
local function profile_of(rows, options)
  local measured = M.code(rows,
    { content = options.content, language = options.language, languages = options.languages })
  local numbers, categories = {}, {}
  for i, name in ipairs(MEASURES) do numbers[i] = name end
  numbers[#numbers + 1] = options.tokens
  if type(options.pii) == "table" then
    for _, column in ipairs(options.pii) do numbers[#numbers + 1] = column end
  end
  if options.kept then
    categories[1] = options.language and { options.kept, options.language } or { options.kept }
  end
  return validate.profile(measured, { numbers = numbers, categories = categories, by = options.language })
end

--- Measures all rows, and writes a report as JSON and as an HTML page that needs nothing else.
---
--- One pass measures the code (`code`) and tells the distributions of all measures, of all rows and for each language
--- (at most 1,000): counts and sums are exact, quantiles to 0.4 %. With `cluster` a second pass counts clusters: rows
--- that cost work, as those of a row function, are better `cache`d before. The report is the same for any number of
--- workers.
---
--- `pii` is rows with the columns `kind` and `file`, as `tw.pii.report` gives them, a table of numbers by kind, or a
--- list of columns of numbers, one for each kind.
---
--- ```lua
--- local report = tw.stats.report(rows, { language = "language", tokens = "tokens", html = "out/stats.html" })
--- print(report.rows, report.numbers.bytes.p50)
--- ```
---@param rows tideway.Dataset
---@param options? tideway.stats.ReportOptions
---@return table report A profile (`tw.validate.profile`) by language, with `duplicates` and `pii`.
function M.report(rows, options)
  options = options or {}
  check_report(options)
  local report = profile_of(rows, options)
  report.tokens = options.tokens
  if options.cluster or options.kept then
    report.duplicates = options.cluster and clusters_of(rows, options.cluster) or {}
    report.duplicates.kept = options.kept and report.categories[1].values
  end
  if options.pii then report.pii = values.array(pii_of(report, options.pii)) end
  if core_path.pretends() then return report end
  for _, kind in ipairs { "json", "html" } do
    local path = options[kind]
    if path then
      local folder = path_kit.dirname(path)
      if folder ~= "." then path_kit.make_folders(folder) end
      path_kit.write(path, stats_report[kind](report, options.title or "Corpus"))
    end
  end
  return report
end

return M
