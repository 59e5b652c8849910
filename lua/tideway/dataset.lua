--- Tables of rows as lazy plans: where rows come from, what is done to them, where they go.
---
--- A dataset never changes: each method gives a new one. Nothing runs until rows are asked for
--- (`count`, `head`, `rows`, `collect`, `write_parquet` and its kin, or a push to the Hub); then the work is
--- done on every core, in bounded memory, and the result is the same for any number of cores.
---
--- ```lua
--- local rows = tw.dataset.csv("complaints.csv")
---   :filter { not_null = "department" }
---   :map("message", tw.text.clean {})
---   :sample { n = 1000, seed = 42 }
--- for _, row in ipairs(rows:head(3)) do print(row.message) end
--- rows:write_parquet "out/complaints.parquet"
--- ```
local core = require "tideway.core.dataset"
require "tideway.kernel"
local pretended = require "tideway.internal.pretended"
local summary_text = require "tideway.internal.summary"

local M = {}

--- A lazy plan over rows. Made by `tw.dataset`, `tw.sql` and other sources.
---@class tideway.Dataset
local Dataset = {}

-- How many rows become Lua tables at a time.
local ROWS_AT_ONCE = 1000

local function names(first, ...)
  if type(first) == "table" then return first end
  return { first, ... }
end

local function difference_text(difference)
  local counts = difference.counts
  local columns = {}
  for name, rows in pairs(difference.columns) do
    if rows > 0 then columns[#columns + 1] = { name = name, rows = rows } end
  end
  table.sort(columns, function(a, b)
    if a.rows ~= b.rows then return a.rows > b.rows end
    return a.name < b.name
  end)
  for i, column in ipairs(columns) do columns[i] = ("%s %d"):format(column.name, column.rows) end
  local lines = { ("%d rows before, %d after"):format(counts.before, counts.after) }
  for _, what in ipairs { "added", "removed", "changed", "unchanged" } do
    local detail = what == "changed" and #columns > 0 and "  (" .. table.concat(columns, ", ") .. ")" or ""
    lines[#lines + 1] = ("  %-9s  %d%s"):format(what, counts[what], detail)
  end
  return table.concat(lines, "\n")
end

-- sources

--- How to keep rows.
---@class tideway.dataset.CacheOptions
---@field keep? boolean For later runs too. Default false.

---@class tideway.dataset.FromRowsOptions
---@field types? table<string, string> Type by column, as `int64`, `string`, `timestamp[us]`.

--- Makes a dataset of rows in a Lua table.
---
--- A column's type comes from all of its values: whole numbers are `int64`, other numbers
--- `float64`; a missing value or `tw.null` is null, and so is a column of `types` that no row has.
--- Values of different kinds in one column are an error of kind `data` that names column and row.
---
--- ```lua
--- tw.dataset.from_rows { { id = 1, text = "a" }, { id = 2, text = tw.null } }
--- ```
---@param rows table[]
---@param options? tideway.dataset.FromRowsOptions
---@return tideway.Dataset
function M.from_rows(rows, options) return core.from_rows(rows, options) end

---@class tideway.dataset.ParquetOptions
---@field columns? string[] Reads only these columns, in this order. Default: all.

--- Reads Parquet files.
---
--- A path is a file, a pattern such as `data/*.parquet` or `data/**/*.parquet` (at any depth), or a
--- folder. Several files are one dataset with the columns of all. Errors when the plan runs:
--- `not_found`, `data`, `conflict` (a file changed while it was read).
---
--- A path may be an address, `https://` or `http://`, of one file: it is copied to the scratch folder once
--- in a run, whole, by `tideway check` too, and read from there; what breaks off is tried again and goes on
--- where it stopped. The receipt has address and SHA-256. Errors: `not_found` (404), `auth` (401, 403),
--- `network`, `timeout`, `disk_full`.
---
--- A path may also be files of the Hugging Face Hub, `hf://datasets/ns/name@revision/data/*.parquet`; without
--- `@revision`, of the branch `main`; all from one commit, which the receipt names. A file of which more than
--- three quarters is read is fetched into the cache that Python's clients share, once, and checked by its hash.
--- Of a larger one of which less is read, only the column chunks in use of the row groups in use are fetched, and
--- kept for the run only; a part has no hash that it could be checked by. Counting and `tideway check` fetch the
--- footer. With `HF_HUB_OFFLINE=1` what is in the cache is used.
---
--- A path may also be objects, `s3://bucket/data/*.parquet` or `gs://...`; `tw.store` tells as whom they are asked
--- for. They are fetched into the scratch folder, or in parts as those of the Hub; all are of the version that was
--- listed, else it is an error of kind `conflict`. The receipt has their ETags. Without a pattern the address is one
--- object or a folder, which stands for what its `manifest.json` names. Of the shards that `write_parquet` and its kin
--- send, a pattern finds those that a manifest names, and no others.
---
--- Below a `select` or `group_by` only the columns that are used are decoded, as long as no row function
--- in between may look at others. Row groups in which a `filter` by expressions straight above can find no
--- match, told by their statistics, are not read; receipts count their rows as dropped for the reason
--- `row group without a match`.
---@param paths string|string[]
---@param options? tideway.dataset.ParquetOptions
---@return tideway.Dataset
function M.parquet(paths, options)
  return options == nil and pretended.rows(paths) or core.parquet(paths, options)
end

---@class tideway.dataset.CsvOptions
---@field delimiter? string One character between fields. Default: a tab in `.tsv` files, else `,`.
---@field header? boolean The first record names the columns. Default true.
---@field columns? string[] The names, for files without a header.
---@field types? table<string, string> Type by column; others are told from all of their cells.
---@field nulls? string[] Cells that stand for null, besides empty ones.
---@field on_error? "refuse"|"drop" What becomes of a broken record. Default `refuse`.

--- Reads CSV files (RFC 4180), also compressed with gzip or zstd.
---
--- Files named `.tsv` (or `.tsv.gz`, `.tsv.zst`) are cut at tabs; a list or a folder may hold both.
--- A column that `types` does not name is `int64`, `float64` or `bool` only where no value is
--- changed by that, else `string`. A broken record is an error of kind `data` with file and line.
---
--- With `on_error = "drop"` a record is left out instead when it has another number of fields than
--- the header, a quote or carriage return out of place, text that is not UTF-8, or a value that is
--- not of the type in `types`; it counts in the receipt by reason, and for no column's type. After a
--- quote out of place reading goes on with the next line. A quote that is never closed stays an error.
---
--- ```lua
--- tw.dataset.csv("people.csv.gz", { delimiter = ";", types = { zip = "string" } })
--- tw.dataset.csv("people.csv", { types = { age = "int64" }, on_error = "drop" })
--- ```
---@param paths string|string[] As for `parquet`.
---@param options? tideway.dataset.CsvOptions
---@return tideway.Dataset
function M.csv(paths, options) return core.csv(paths, options) end

---@class tideway.dataset.LinesOptions
---@field on_error? "refuse"|"drop" What becomes of a broken line. Default `refuse`.

--- Reads JSON lines, one object per line, also compressed with gzip or zstd.
---
--- Types come from all lines; a key that a line lacks is null there. Broken lines are errors of
--- kind `data` with file and line.
---
--- With `on_error = "drop"` a line is left out instead when it is no JSON object, or has a key twice,
--- a list of several kinds, a whole number beyond int64, or more than 32 levels; it counts in the
--- receipt by reason, and for no column's type. Two lines with values of two kinds under one key
--- stay an error.
---@param paths string|string[] As for `parquet`.
---@param options? tideway.dataset.LinesOptions
---@return tideway.Dataset
function M.jsonl(paths, options) return core.jsonl(paths, options) end

--- Reads lines of text as rows with the one column `text`, also compressed with gzip or zstd.
---
--- A line ends in `\n` or `\r\n`; blank lines are rows too. A folder stands for its `.txt`, `.txt.gz`
--- and `.txt.zst` files. Text that is not UTF-8, and a line of more than 64 MiB, are errors of kind
--- `data` with file and line; with `on_error = "drop"` lines that are not UTF-8 are left out, and
--- count in the receipt.
---
--- ```lua
--- tw.dataset.text("corpus/*.txt.gz"):filter(tw.col "text":length():gt(0))
--- ```
---@param paths string|string[] As for `parquet`.
---@param options? tideway.dataset.LinesOptions
---@return tideway.Dataset
function M.text(paths, options) return core.text(paths, options) end

---@class tideway.dataset.FilesOptions
---@field max_bytes? integer Of larger files the content is null, and is not read. Default: any size.

--- Reads whole files as rows with the columns `path`, `size` (bytes) and `content` (bytes).
---
--- A folder stands for all files below it, at any depth, in byte order of their paths; what starts
--- with a dot is passed over, and links to folders are not followed. `path` is then the path below
--- the folder, else the path as it was given or matched. Where `select` leaves `content` out no file
--- is read. Errors when the plan runs: `memory` for a file larger than an eighth of `--memory`,
--- `data` for a path that is not UTF-8, `io`, `not_found`, `conflict`.
---
--- ```lua
--- tw.dataset.files("scans"):filter(tw.col "path":ends_with ".png")
--- tw.dataset.files("src", { max_bytes = 1e6 }):filter { not_null = "content" }
--- tw.dataset.files("logs/**/*.log"):select("path", "size"):sort("size", { descending = true })
--- ```
---@param paths string|string[] As for `parquet`.
---@param options? tideway.dataset.FilesOptions
---@return tideway.Dataset
function M.files(paths, options) return core.files(paths, options) end

--- Reads Arrow IPC files (Feather V2) and streams, also with LZ4 or ZSTD buffers.
---
--- A folder stands for its `.arrow`, `.feather` and `.arrows` files. Columns of dictionaries become
--- those of their values. Errors when the plan runs: `data` for a damaged file or one that is cut off,
--- `memory` for one record batch that takes more than a quarter of `--memory`, `not_found`,
--- `conflict`.
---
--- ```lua
--- tw.dataset.arrow("cache/*.arrow")
--- ```
---@param paths string|string[] As for `parquet`.
---@return tideway.Dataset
function M.arrow(paths) return pretended.rows(paths) or core.arrow(paths) end

---@class tideway.dataset.MixOptions
---@field ratios? table<string, number> By dataset, above 0: shares of their sum. Default: equal ones.
---@field n? integer At most so many rows.
---@field stop? "first"|"all"|"never" When to end. Default `first`.
---@field seed? integer Default 0.

--- Draws rows from several datasets in given ratios.
---
--- Each row comes from a dataset chosen at random, with its ratio as the probability; the rows of
--- each keep their order. The same seed gives the same rows, on any machine. The mix ends:
---
--- - `first`: with the last row of the first dataset to run out; with no rows where one has none
--- - `all`: when each dataset has run out once; those that run out earlier begin again
--- - `never`: after `n` rows; datasets begin again as often as it takes
---
--- Datasets that may begin again are run once, and their rows kept in the scratch folder beyond what
--- memory holds; one without rows is then an error of kind `data`. All must have the same columns, as
--- for `concat`. To mix at random what is in order, shuffle it first.
---
--- ```lua
--- tw.dataset.mix({ web = web, code = code }, { ratios = { web = 0.7, code = 0.3 }, n = 100000, seed = 42 })
--- ```
---@param datasets table<string, tideway.Dataset> By name.
---@param options? tideway.dataset.MixOptions
---@return tideway.Dataset
function M.mix(datasets, options) return core.mix(datasets, options) end

-- columns

--- Keeps the named columns, in the order given.
---
--- ```lua
--- rows:select("grievance", "label")
--- ```
---@param ... string Or one list of names.
---@return tideway.Dataset
function Dataset:select(...) return core.select(self, names(...)) end

--- Leaves the named columns out.
---@param ... string Or one list of names.
---@return tideway.Dataset
function Dataset:drop(...) return core.drop(self, names(...)) end

--- Gives columns new names.
---
--- ```lua
--- rows:rename { message = "grievance" }
--- ```
---@param new_names table<string, string> Old name = new name.
---@return tideway.Dataset
function Dataset:rename(new_names) return core.rename(self, new_names) end

-- rows

---@class tideway.dataset.FilterOptions
---@field not_null string|string[] Columns in which a null drops the row; counted in the receipt.

--- Keeps the rows for which an expression is true, or a function returns neither false nor nil, or
--- those without nulls, or those whose value in a column passes rules.
---
--- An expression (`tw.col`) is computed by native code, and checked before anything runs. A function
--- sees one row, whose cells are values by column name (nil for null), and runs on every core too;
--- it cannot wait, read files or tell the time. Rules, as `tw.quality.gopher`, are native functions
--- that name the rule which a value fails, or give null; the receipt counts what goes by rule.
---
--- ```lua
--- rows:filter(tw.col "stars":ge(4))
--- rows:filter(function(row) return #row.message > 20 end)
--- rows:filter { not_null = "department" }
--- rows:filter("text", tw.quality.gopher {})
--- ```
---@param condition tideway.Expression|(fun(row: table): any)|tideway.dataset.FilterOptions|string
---@param rules? tideway.Kernel With the name of a column.
---@return tideway.Dataset
function Dataset:filter(condition, rules) return core.filter(self, condition, rules) end

--- Adds columns, or replaces them, by expressions over the columns of their row.
---
--- Columns that are there are replaced in their places; new ones come behind, by name. Every
--- expression sees the columns as they were before. A plain value (number, text, boolean, time,
--- decimal) is the same in every row. A result that does not fit its type is an error of kind `data`
--- that names column and row.
---
--- ```lua
--- rows:with { size = tw.col "message":length(), source = "complaints" }
--- ```
---@param columns table<string, tideway.Operand> By name. See `tw.col`.
---@return tideway.Dataset
function Dataset:with(columns) return core.with(self, columns) end

--- Gives columns other types, in their places.
---
--- A value that the type does not hold is an error of kind `data` that tells value and row; what
--- rounds, see `Expression:cast`. Nulls stay null.
---
--- ```lua
--- rows:cast { id = "int64", price = "decimal128(10, 2)" }
--- ```
---@param types table<string, string> Type by column, as `int64`, `string`, `timestamp[us]`.
---@return tideway.Dataset
function Dataset:cast(types) return core.cast(self, types) end

---@class tideway.dataset.MapOptions
---@field returns? table<string, string>|string Types of new columns; for one column, its type.
---@field as? string With a native function: the result is a new column of this name, and the old one stays.

--- Changes one column by a native or a Lua function, or whole rows by a Lua function.
---
--- A row function returns a table of the columns to replace or add; columns that it leaves out
--- keep their values. A new column is `float64` unless `returns` declares its type. `tw.null`
--- makes a cell null.
---
--- ```lua
--- rows:map("message", tw.text.clean {})
--- rows:map("content", tokenizer:ids(), { as = "ids" })
--- rows:map("message", function(text) return text and text:lower() end)
--- rows:map(function(row) return { size = #row.message } end, { returns = { size = "int64" } })
--- ```
---@param column_or_function string|fun(row: table): table
---@param fn_or_options? tideway.Kernel|(fun(value: any): any)|tideway.dataset.MapOptions
---@param options? tideway.dataset.MapOptions With a column.
---@return tideway.Dataset
function Dataset:map(column_or_function, fn_or_options, options)
  return core.map(self, column_or_function, fn_or_options, options)
end

---@class tideway.dataset.PackOptions
---@field column? string The column of tokens, `list<int32>`. Default `ids`.
---@field length integer Tokens of a row, 1 to 1048576.
---@field separator? integer The token behind each document. Default: none.
---@field remainder? "drop"|"pad"|"keep" What becomes of the tokens at the end that do not fill a row: they are left
--- out, and counted in the receipt; the row is filled with `padding`; or it is shorter. Default `drop`.
---@field padding? integer The token that fills the last row. With `remainder = "pad"`, and only then.

--- Puts documents of tokens one after another and cuts them into rows of one length.
---
--- The result has this one column. Documents keep their order and go on in the next row where one is full; nulls and
--- documents without tokens are left out, and counted. The rows are the same for any number of workers.
---
--- ```lua
--- rows:map("content", tokenizer:ids(), { as = "ids" }):pack { length = 2048, separator = tokenizer:id "</s>" }
--- ```
---@param options tideway.dataset.PackOptions
---@return tideway.Dataset
function Dataset:pack(options) return core.pack(self, options) end

--- How to decode a column, and what to tell of it. The columns to add have no name by default, and are not added.
---@class tideway.dataset.DecodeOptions
---@field encoding? string As for `tw.text.decode`. Default `auto`.
---@field on_unknown? "refuse"|"drop"|"null"|"replace"|"latin1" What becomes of rows that are no text. Default `refuse`.
---@field mojibake? boolean Default true.
---@field newlines? "keep"|"lf"|"crlf" Default `keep`.
---@field encoding_as? string Column for the encoding that the bytes were in; null where it is not known.
---@field problem_as? string Column for why there is no text; null where there is.
---@field mojibake_as? string Column for what the text had been read as; null where nothing was undone.
---@field lost_as? string Column for the number of U+FFFD in the text.
---@field question_marks_as? string Column for the number of question marks in runs of three and more.
---@field mixed_newlines_as? string Column that is true where lines ended in more than one way.

--- Makes UTF-8 of a column of bytes, as `tw.text.decode` does, and tells what was found in further columns.
---
--- With `on_unknown = "drop"` rows that are no text are left out, and counted in the receipt by the reason, such as
--- `binary`. Columns are added at the end. Errors: `data` for a row that is no text, with `refuse`; `usage` for a
--- column that there is already.
---
--- ```lua
--- local files = tw.dataset.files("sources")
---   :decode("content", { on_unknown = "drop", newlines = "lf", encoding_as = "encoding" })
--- files:group_by("encoding", { files = "count" })
--- ```
---@param column string Of type `binary` or `string`.
---@param options? tideway.dataset.DecodeOptions
---@return tideway.Dataset
function Dataset:decode(column, options) return require("tideway.core.text").decode_rows(self, column, options) end

--- The rules of `tw.text.code_rules` with their thresholds, and:
---@class tideway.dataset.CheckCodeOptions: tideway.text.CodeRules
---@field as? string Column for the names of the rules that a row breaks. Default: none, and such rows are left out.
---@field language? string Column of programming languages, as `tw.code.language` gives them.

--- Leaves rows out whose code breaks a rule (`tw.text.code_rules`), or adds the names of all such rules, with
--- commas between, as a column.
---
--- A row that is left out counts in the receipt by the first rule that it breaks. A null breaks none. Errors of kind
--- `usage`: a column that is no text, and one that is there already.
---
--- ```lua
--- files:check_code("content", { max_line = 2000, generated = false, language = "language" })
--- files:check_code("content", { as = "broken" }):group_by("broken", { files = "count" })
--- ```
---@param column string Of type `string` or `binary`.
---@param options? tideway.dataset.CheckCodeOptions
---@return tideway.Dataset
function Dataset:check_code(column, options)
  return require("tideway.text")._check_code(self, column, options)
end

---@class tideway.dataset.FlatMapOptions
---@field returns? table<string, string> Types of new columns, by name.

--- Turns each row into none, one or many by a Lua function, which returns a list of them.
---
--- Each item of the list is a table of the columns to replace or add, as for `map`; columns that it
--- leaves out keep their values, so `{}` is the row as it was, and an empty list drops it. Every new
--- column is declared in `returns`. However many rows come of one, they go on in batches of bounded
--- size; a list that a worker's share of memory does not hold is an error of kind `script` that names
--- the row, as is a value that does not fit its column.
---
--- ```lua
--- local sentences = documents:flat_map(function(row)
---   local list = {}
---   for sentence in row.text:gmatch "[^.]+" do list[#list + 1] = { text = sentence } end
---   return list
--- end)
--- ```
---@param fn fun(row: table): table[]
---@param options? tideway.dataset.FlatMapOptions
---@return tideway.Dataset
function Dataset:flat_map(fn, options) return core.flat_map(self, fn, options) end

--- Appends the rows of other datasets, in order.
---
--- All must have the same columns, with the same types, in the same order; else an error of kind
--- `data` names the column and both types.
---@param ... tideway.Dataset
---@return tideway.Dataset
function Dataset:concat(...) return core.concat(self, ...) end

--- Keeps the first `n` rows, or all when there are no more.
---
--- As little of what comes before is computed as that takes; where it must be computed to be
--- counted, as after a filter, a few batches more. A negative `n` is an error of kind `usage`.
---
--- ```lua
--- tw.dataset.parquet("big.parquet"):limit(1000):write_parquet "small.parquet"
--- ```
---@param n integer
---@return tideway.Dataset
function Dataset:limit(n) return core.limit(self, n) end

--- Leaves the first `n` rows out.
---
--- The rows of a Parquet file's row groups that are left out whole are not read. A negative `n` is
--- an error of kind `usage`.
---
--- ```lua
--- local second_page = rows:skip(100):limit(100)
--- ```
---@param n integer
---@return tideway.Dataset
function Dataset:skip(n) return core.skip(self, n) end

--- Keeps the rows once they are computed, so that every later use reads them.
---
--- For rows that are needed several times: a query that is counted and then read would else run
--- twice. What memory does not hold lies in the scratch folder; all goes when the dataset is no
--- longer in use.
---
--- With `keep` the rows lie in a file below `.tideway` that later runs read, also after this one was
--- killed: for what takes long and seldom changes. Whatever the rows depend on (inputs by content,
--- steps, options, functions) makes them others, which are computed anew. `tideway clean` removes
--- rows that no run has used for 30 days.
---
--- ```lua
--- local wrong = db:query(reviewed_mistakes):cache()
--- local right = predictions:sample { n = math.floor(wrong:count() * 0.5), seed = 42 }
--- local rows  = wrong:concat(right)
--- ```
---@param options? tideway.dataset.CacheOptions
---@return tideway.Dataset
function Dataset:cache(options) return core.cache(self, options) end

--- Lets the rows pass and counts them under a name.
---
--- The count is a step of its own in the receipt, and a line of what `tideway run` prints. Rows that
--- are computed several times count each time: keep them with `cache`.
---
--- ```lua
--- rows:tap("read"):filter { not_null = "department" }:tap("with a department")
--- ```
---@param name string One line.
---@return tideway.Dataset
function Dataset:tap(name) return core.tap(self, name) end

---@class tideway.dataset.SampleOptions
---@field n? integer Exactly this many rows, or all when there are no more.
---@field fraction? number Each row with this probability, 0 to 1. Either this or `n`.
---@field seed? integer Default 0.
---@field key? string|string[] Columns that identify a row; then the order of rows does not matter.
---@field per? string|string[] Columns: so many rows of each combination of their values, null too.
---@field weights? string Column of numbers: a row's odds beside the others.

--- Takes some of the rows at random, without replacement, in their order.
---
--- The same seed takes the same rows, on any machine. With `key`, which rows are taken depends on
--- the keys only; a null key is an error of kind `data`. Without, on the rows' positions.
---
--- With `per` or `weights`, a `fraction` is an exact number of rows too, rounded to the nearest. With
--- `weights`, row after row is drawn with odds in proportion to the weights of those that are left
--- (Efraimidis and Spirakis, 2006); rows of weight 0 are never taken. A weight that is null, negative,
--- infinite or NaN is an error of kind `data` that names row and value.
---
--- ```lua
--- rows:sample { n = 500, seed = 42, key = "id" }
--- rows:sample { n = 100, per = { "label", "language" }, weights = "quality", seed = 42 }
--- ```
---@param options tideway.dataset.SampleOptions
---@return tideway.Dataset
function Dataset:sample(options) return core.sample(self, options) end

--- Keeps the first of rows that are equal in all columns, or in those named.
---
--- The rows that stay keep their order. Nulls are equal to each other, and so are NaNs. What memory
--- does not hold lies in the scratch folder. Rows dropped are counted in the receipt as `duplicate`.
--- A column of lists or structs cannot be compared: an error of kind `usage`, unless other columns
--- are named.
---
--- ```lua
--- rows:distinct()
--- rows:distinct("user", "title")
--- ```
---@param ... string Or one list of names. Default: all columns.
---@return tideway.Dataset
function Dataset:distinct(...) return core.distinct(self, names(...)) end

--- Makes one row of each group of rows that are equal in some columns.
---
--- The result has those columns, then the ones that `aggregates` names, by name; its rows come in the
--- order of the columns, as `sort` would put them. An aggregate is `"count"`, the number of rows, or one
--- of these with a column, whose nulls it passes over:
---
--- - `count`: the number of values, `int64`.
--- - `sum`: of integers `int64`, where more is an error of kind `data`; of floats `float64`, exact but for
---   one rounding, so that it does not depend on the order of rows.
--- - `mean`: `float64`.
--- - `min`, `max`: of any type that can be sorted; NaN is the greatest number.
--- - `median`, and `quantile` with `q` from 0 to 1: of numbers, exact, `float64`. Of `n` values in order,
---   counted from 0, it is the one at `h = q * (n - 1)`; between two, `lower + (h - floor(h)) * (upper - lower)`,
---   as `quantile_cont` of DuckDB and numpy's default. NaN is the greatest number, and next to it is NaN.
---
--- Where a group has no value, all but `count` are null. Nulls are one group, and so are NaNs. No columns
--- at all (`{}`) make one group of all rows. What memory does not hold lies in the scratch folder.
---
--- ```lua
--- rows:group_by("user", { n = "count", stars = { mean = "stars" }, latest = { max = "written_at" } })
--- rows:group_by({}, { median = { median = "stars" }, p90 = { quantile = "stars", q = 0.9 } })
--- ```
---@param columns string|string[]
---@param aggregates table<string, string|table<string, string|number>> By name of the new column.
---@return tideway.Dataset
function Dataset:group_by(columns, aggregates) return core.group_by(self, names(columns), aggregates) end

---@class tideway.dataset.JoinOptions
---@field on string|string[]|table<string, string> Columns that both have, or right names by left ones.
---@field how? "inner"|"left"|"semi"|"anti" Default `inner`.
---@field suffix? string Put behind the names of right columns that the left has too. Default: an error.
---@field validate? "m:m"|"m:1" With `m:1`, two right rows of one key are an error of kind `data`.

--- Puts rows of another dataset beside those with equal keys.
---
--- `inner` gives each pair; `left` also the rows without a match, with nulls; `semi` only the rows, once,
--- that have a match; `anti` those that have none. The columns are those of the left, then those of the
--- right without its keys. Rows keep the order of the left, and for each that of the right. A null key
--- matches nothing; NaN matches NaN.
---
--- The right side is kept, so let it be the smaller one: as long as memory holds it the left one just flows
--- by; else both lie in the scratch folder. Keys of two types are an error of kind `usage`.
---
--- ```lua
--- reviews:join(users, { on = { user = "id" }, how = "left", validate = "m:1" })
--- train:join(test, { on = "text", how = "anti" })
--- ```
---@param other tideway.Dataset
---@param options tideway.dataset.JoinOptions
---@return tideway.Dataset
function Dataset:join(other, options) return core.join(self, other, options) end

---@class tideway.dataset.SortOptions
---@field descending? boolean|string[] All columns, or those named, from the greatest. Default false.
---@field nulls? "last"|"first" Where nulls go, in either direction. Default `last`.

--- Puts the rows in the order of one or several columns, the first one first.
---
--- Numbers, dates and times sort by value, NaN as the greatest number; false comes before true; text
--- sorts by its bytes, which is the order of code points. Equal rows keep their order. What
--- memory does not hold is sorted in the scratch folder. A column of lists or structs is an error of
--- kind `usage`.
---
--- ```lua
--- rows:sort("id")
--- rows:sort({ "label", "stars" }, { descending = { "stars" } })
--- ```
---@param columns string|string[]
---@param options? tideway.dataset.SortOptions
---@return tideway.Dataset
function Dataset:sort(columns, options) return core.sort(self, names(columns), options) end

---@class tideway.dataset.ShuffleOptions
---@field seed? integer Default 0.

--- Puts the rows in random order, all of them: each order is as likely as any other.
---
--- The same seed gives the same order for the same number of rows, on any machine.
---
--- ```lua
--- rows:shuffle { seed = 42 }
--- ```
---@param options? tideway.dataset.ShuffleOptions
---@return tideway.Dataset
function Dataset:shuffle(options) return core.shuffle(self, options) end

---@class tideway.dataset.EncodeOptions
---@field as? string Name of a new column for the ids. Default: they replace the column.
---@field on_unknown? "error"|"null"|"drop" What a value that is no label becomes. Default `error`.
---@field nulls? "keep"|"drop"|"error" What happens to nulls. Default `keep`.

--- Turns label names to label ids: the first label is 0.
---
--- The names go with the column, so that a published dataset declares its classes. An unknown
--- value is an error of kind `data` that names it, its row and the labels. Dropped rows are counted
--- in the receipt by reason.
---
--- ```lua
--- rows:encode("urgency", { "NORMAL", "URGENT" }, { as = "label", nulls = "drop" })
--- ```
---@param column string
---@param labels string[]|tideway.Labels
---@param options? tideway.dataset.EncodeOptions
---@return tideway.Dataset
function Dataset:encode(column, labels, options)
  if type(labels) == "table" and #labels == 0 and labels.names then labels = labels:names() end
  return core.encode(self, column, labels, options)
end

--- Shares all rows out into named parts, at random.
---
--- Every key that is no option is a part, its value the share: a number, or text such as `"0.8"`.
--- Sizes are exact: parts go by share, largest first, then by name, and each cut rounds what is left
--- up, as repeated cuts with scikit-learn do (1523 rows at 0.8, 0.1, 0.1 give 1218, 152, 153). Each
--- part keeps the order of rows. Shares that sum to more than 1 are an error of kind `usage`; to
--- less, and rows are left out.
---
--- - `stratify` (column, or list of columns): each class, which is a value of that column or a
---   combination of values, null too, is in every part in the same proportion. A class too small for
---   that, say 3 rows for 3 parts, goes where the largest remainders are: first to the largest part.
---   With `on_small = "error"`, a class that a part has nothing of is an error of kind `data` that
---   names it. Default `"spread"`.
--- - `group` (column, or list): rows that are equal there, null too, are never in two parts. Sizes and
---   classes come as near to the exact ones as whole groups allow: groups are placed one by one, the
---   greatest first, each where it brings the parts nearest to what they should be (least
---   chi-squared); where they are very many, the small ones follow in the order of their hashes.
--- - `assign = "hash"` with `key` (column, or list): a row's part depends on its key, the seed and the
---   shares only, so that it stays where it is when rows are added, and rows of equal key are
---   together; sizes are about what the shares say. A null key is an error of kind `data`. Does not go
---   with `stratify` and `group`.
--- - `caps` (rows by part): a part keeps no more than so many of its rows, chosen at random, from each
---   class its proportion (with `group` about that). The receipt counts the others as dropped.
---
--- ```lua
--- local parts = rows:split { train = 0.8, eval = 0.1, test = 0.1, stratify = "label", seed = 42 }
--- print(parts.train:count())
--- for _, name in ipairs(parts) do print(name, parts[name]:count()) end
---
--- rows:split { train = 0.9, test = 0.1, group = "user", stratify = { "label", "language" } }
--- rows:split { train = 0.9, test = 0.1, assign = "hash", key = "user", caps = { train = 10000 } }
--- ```
---@param options table<string, any> Shares by part, and the options above; `seed`, default 0.
---@return table<string, tideway.Dataset> parts By name; `parts[1]`, `parts[2]` ... are the names.
function Dataset:split(options) return core.split(self, options) end

-- what is in it

--- Counts the rows.
---
--- Where the number is not known, this runs the plan and keeps its rows (in the scratch folder what
--- memory does not hold) for as long as this dataset is in use, so that what is built on it does not
--- run it again. `tideway check` runs nothing, and takes every number of rows for a billion.
---@return integer
function Dataset:count() return core.count(self) end

local function all_rows(reader)
  local rows = {}
  while core.fetch(reader) do
    for _, row in ipairs(core.take(reader, ROWS_AT_ONCE)) do rows[#rows + 1] = row end
  end
  return rows
end

--- Gives the first rows as tables; null cells are `tw.null`. More than a quarter of `--memory` is an
--- error of kind `memory`.
---@param n? integer Default 10.
---@return table[]
function Dataset:head(n) return all_rows(core.head(self, n or 10)) end

--- Goes through the rows, one table at a time.
---
--- ```lua
--- for row in rows:rows() do print(row.id) end
--- ```
---@return fun(): table?
function Dataset:rows()
  local reader = core.rows(self)
  local list, at = {}, 0
  return function()
    at = at + 1
    if not list[at] then
      if not core.fetch(reader) then return nil end
      list, at = core.take(reader, ROWS_AT_ONCE), 1
    end
    return list[at]
  end
end

--- Gives all rows as tables. More than a quarter of `--memory` is an error of kind `memory`.
---@return table[]
function Dataset:collect() return all_rows(core.collect(self)) end

---@class tideway.dataset.Column
---@field name string
---@field type string

--- Gives the columns with their types. May ask the source.
---@return tideway.dataset.Column[]
function Dataset:columns() return core.schema(self) end

---@class tideway.dataset.Bar
---@field from any The least value in it.
---@field to any Where the next one begins.
---@field count integer

---@class tideway.dataset.TopValue
---@field value any A text's first 100 bytes.
---@field label? string The name, in a column of labels.
---@field count integer

---@class tideway.dataset.ColumnSummary
---@field name string
---@field type string
---@field nulls integer
---@field nans integer
---@field distinct? integer How many different values there are, nulls not counted.
---@field distinct_is_exact boolean False: more than 10,000, estimated to about 1 %.
---@field min? any NaN left out; of a text its first 100 bytes.
---@field max? any
---@field mean? number Of numbers; of booleans, the share of true.
---@field length? { min: integer, mean: number, max: integer } Of texts in characters, of lists in items.
---@field labels? string[]
---@field histogram tideway.dataset.Bar[] Up to 10 bars of equal width, of numbers, times and lengths.
---@field top tideway.dataset.TopValue[] The 10 most frequent, where at most 256 values are different.

--- What `Dataset:describe` gives.
---@class tideway.dataset.Summary
---@field rows integer
---@field columns table<integer|string, tideway.dataset.ColumnSummary> In their order, and by name.
local Summary = { __name = "tideway.dataset.Summary" }
Summary.__index = Summary
Summary.__tostring = summary_text.text

--- Looks at all rows once and tells what is in each column; printed, it is a table with histograms.
---
--- Everything is exact and the same for any number of cores, but for the number of different values
--- where there are more than 10,000 (estimated from the smallest of their hashes). Bars are counted
--- exactly between the edges that they name.
---
--- ```lua
--- print(rows:describe())
--- local empty = rows:describe().columns.message.nulls
--- ```
---@return tideway.dataset.Summary
function Dataset:describe() return setmetatable(core.describe(self), Summary) end

---@class tideway.dataset.DiffOptions
---@field key string|string[] Columns that tell rows apart. Nulls are equal to each other.

--- What `Dataset:diff` gives; printed, a summary.
---@class tideway.dataset.Difference
---@field added tideway.Dataset Rows of the second dataset whose key is not in the first.
---@field removed tideway.Dataset Rows of the first dataset whose key is not in the second.
---@field changed tideway.Dataset Key, `changed` (names of columns), `<column>_before` and `<column>_after`.
---@field counts table<string, integer> `before`, `after`, `added`, `removed`, `changed`, `unchanged`.
---@field columns table<string, integer> In how many rows each column changed.
local Difference = { __name = "tideway.dataset.Difference" }
Difference.__index = Difference
Difference.__tostring = difference_text

--- Tells what became of the rows in another dataset: added, removed, changed.
---
--- Rows belong together when they have the same key. Both datasets are read once; what memory does not
--- hold lies in the scratch folder. Added and changed rows come in the order of the second dataset,
--- removed ones in that of the first. NaNs are equal to each other. Errors of kind `data`: a key that is
--- in several rows of one dataset, with their number; columns that differ, as for `concat`.
--- `tideway check` runs nothing, and takes every count for 0.
---
--- ```lua
--- local diff = yesterday:diff(today, { key = "id" })
--- print(diff)
--- diff.changed:write_csv "out/changed.csv"
--- ```
---@param after tideway.Dataset
---@param options tideway.dataset.DiffOptions
---@return tideway.dataset.Difference
function Dataset:diff(after, options) return setmetatable(core.diff(self, after, options), Difference) end

--- Checks the rows by expectations (`tw.validate`), and refuses to go on, drops the rows that fail, or tags them.
---
--- The checks run now; `rows` of the result are the rows to go on with. Where reading the rows again would be more work
--- they are kept, beyond what memory holds in the scratch folder. Errors: `data`, where expectations are not met;
--- `usage`, for expectations that do not fit the columns. `tideway check` looks at columns and types only.
---
--- ```lua
--- local checked = rows:validate({ columns = { price = { min = 0, not_null = true } } }, { mode = "drop" })
--- print(checked)
--- checked.rows:write_parquet "out/rows.parquet"
--- ```
---@param expectations tideway.validate.Expectations
---@param options? tideway.validate.Options
---@return tideway.validate.Result
function Dataset:validate(expectations, options)
  return require("tideway.validate").check(self, expectations, options)
end

--- Gives the plan as text: one step per line, inputs indented below.
---@return string
function Dataset:plan() return core.plan(self) end

function Dataset:__tostring() return "tideway.Dataset: " .. core.plan(self):match "[^\n]*" end

-- files

---@class tideway.dataset.WriteParquetOptions
---@field stem? string In a folder, the name of the shards before their number. Default `train`.
---@field max_shard_bytes? integer In a folder, the size of a shard in memory. Default 500 MB.
---@field max_shard_rows? integer In a folder, the rows of a shard at most. Default: any number.
---@field shards? integer In a folder, so many shards, of even numbers of rows.

---@class tideway.dataset.WrittenFile
---@field name string
---@field part string
---@field rows integer
---@field size integer Bytes.
---@field sha256 string

--- Writes the rows to a Parquet file, or to a folder of them.
---
--- A path that ends in `.parquet` is one file; any other is a folder, which gets shards and a
--- `manifest.json` that names them with size and SHA-256. Readers see the old state or the new
--- one, never half. Equal rows give equal bytes. The folder belongs to the output: one with other
--- files in it is an error of kind `conflict`. A path that ends as files of another kind do
--- (`out.csv`) is an error of kind `usage`. Further errors: `io`, `disk_full`, with the path.
---
--- In a folder, shards end at 500 MB unless options say otherwise. With `max_shard_rows` each has so
--- many rows, the last what is left, and `max_shard_bytes` counts only where it is given too. `shards`
--- gives exactly so many: numbers of rows differ by one at most, the first ones are larger, and with
--- fewer rows than shards the last are empty, as `push_to_hub(num_shards=...)` of Python's `datasets`
--- has it. For that, rows that nothing tells the number of are computed once and kept, in the scratch
--- folder beyond what memory holds. `shards` with another rule, and either for one file, are errors of
--- kind `usage`.
---
--- A path may also be an address, `s3://bucket/rows.parquet` for one object, or `s3://bucket/rows` or `gs://...` for
--- all keys below a prefix. Shards are made in the scratch folder and sent while later ones are made, two at a time,
--- so that no more than three are here at once. They are called by their content,
--- `train-00000-3f786850e387550f.parquet`, so that none takes the place of one in use, and what is there already, as
--- of a run that was killed, is not sent again. Once all are there, `manifest.json` is put in the place of the one
--- found at first; then what it does not name is deleted. So who reads the folder, or shards by a pattern, with
--- `tw.dataset` has the old dataset or the new one, whole, or, where its shards are deleted while it reads, an error
--- of kind `conflict` or `not_found`. Who lists keys by other means may see, while a write is on the way or after one
--- that broke off, shards of both: the manifest tells which count. When two runs write to one prefix, the second to
--- publish gets an error of kind `conflict`. Further errors: those of `tw.store`; `conflict`, where there are keys
--- that no write put there; `usage`, for a whole bucket and for other addresses. One object is always put anew.
---
--- `tideway check` writes nothing: it gives one file of no rows, and takes what is read from the same path for these
--- rows.
---
--- ```lua
--- local files = rows:write_parquet "out/rows.parquet"
--- print(files[1].rows, files[1].sha256)
--- rows:write_parquet("out/rows", { shards = 8 })
--- ```
---@param path string
---@param options? tideway.dataset.WriteParquetOptions
---@return tideway.dataset.WrittenFile[]
function Dataset:write_parquet(path, options)
  pretended.keep(path, self)
  return core.write_parquet(self, path, options)
end

---@class tideway.dataset.WriteArrowOptions
---@field compression? "none"|"zstd" Of the buffers. Default `none`, so that readers may map the file.
---@field stem? string In a folder, the name of the shards before their number. Default `train`.
---@field max_shard_bytes? integer In a folder, the size of a shard in memory. Default 500 MB.
---@field max_shard_rows? integer In a folder, the rows of a shard at most. Default: any number.
---@field shards? integer In a folder, so many shards, of even numbers of rows.

--- Writes the rows as Arrow IPC (Feather V2) to a file or to a folder of them.
---
--- A path that ends in `.arrow` or `.feather` is one file; any other is a folder. All else is as for
--- `write_parquet`; label names go with the file too.
---
--- ```lua
--- rows:write_arrow("out/rows.feather", { compression = "zstd" })
--- ```
---@param path string
---@param options? tideway.dataset.WriteArrowOptions
---@return tideway.dataset.WrittenFile[]
function Dataset:write_arrow(path, options)
  pretended.keep(path, self)
  return core.write_arrow(self, path, options)
end

---@class tideway.dataset.WriteJsonlOptions
---@field stem? string In a folder, the name of the shards before their number. Default `train`.
---@field max_shard_bytes? integer In a folder, the text in one shard. Default 500 MB.
---@field max_shard_rows? integer In a folder, the rows of a shard at most. Default: any number.
---@field shards? integer In a folder, so many shards, of even numbers of rows.

--- Writes the rows as JSON lines, one object per line, to a file or to a folder of them.
---
--- A path that ends in `.jsonl` or `.ndjson` is one file, compressed where `.gz` or `.zst` follows;
--- any other is a folder. All else is as for `write_parquet`.
---
--- Keys come in the order of columns, and UTF-8 as it is. Integers are exact, floats have the fewest
--- digits that read back equal; lists and structs nest; null is `null`; decimals, dates and times are
--- strings, as ISO 8601 writes them: `"2024-01-31T12:00:00.500"`, with `Z` for a column with a time
--- zone. NaN and infinity are errors of kind `data` that name column and row; a column of bytes is
--- one of kind `usage`.
---
--- ```lua
--- rows:write_jsonl "out/rows.jsonl.gz"
--- ```
---@param path string
---@param options? tideway.dataset.WriteJsonlOptions
---@return tideway.dataset.WrittenFile[]
function Dataset:write_jsonl(path, options) return core.write_jsonl(self, path, options) end

---@class tideway.dataset.WriteCsvOptions
---@field delimiter? string One character between fields. Default: a tab in `.tsv`, else `,`.
---@field stem? string In a folder, the name of the shards before their number. Default `train`.
---@field max_shard_bytes? integer In a folder, the text in one shard. Default 500 MB.
---@field max_shard_rows? integer In a folder, the rows of a shard at most. Default: any number.
---@field shards? integer In a folder, so many shards, of even numbers of rows.

--- Writes the rows as CSV (RFC 4180, with `\n` between records) to a file or to a folder of them.
---
--- A path that ends in `.csv` or `.tsv` is one file, compressed where `.gz` or `.zst` follows; any
--- other is a folder. All else is as for `write_parquet`, and values are as in `write_jsonl`, but for
--- `nan`, `inf` and `-inf`.
---
--- The first record names the columns; fields are quoted only where they must be. A null is an empty
--- field and an empty string is `""`: `tw.dataset.csv` tells the two apart in columns of text, where
--- pandas takes both for missing values. CSV has no types: to read text that looks like numbers back
--- as text, give `types`. Errors: `usage` for lists, structs and bytes; `data`, with column and row,
--- for a NUL byte and for a null in a file whose only column is text, where it would be a blank line.
---
--- ```lua
--- rows:write_csv("out/rows.csv", { delimiter = ";" })
--- ```
---@param path string
---@param options? tideway.dataset.WriteCsvOptions
---@return tideway.dataset.WrittenFile[]
function Dataset:write_csv(path, options) return core.write_csv(self, path, options) end

---@class tideway.dataset.TeeOutputs
---@field parquet? string A path, as for `write_parquet`.
---@field arrow? string As for `write_arrow`.
---@field jsonl? string As for `write_jsonl`.
---@field csv? string As for `write_csv`.

--- Writes the rows in several formats in one pass: the plan runs once.
---
--- Nothing is published before all outputs are complete: when the plan or one of them fails, the old
--- files stand, all of them. They are then published one after another, in this order; only
--- a file system that fails in that moment can leave some old and some new. Errors: as for each of
--- them; `usage` where one output lies in another.
---
--- ```lua
--- local files = rows:tee { parquet = "out/rows.parquet", csv = "out/rows.csv.gz" }
--- print(files.parquet[1].rows)
--- ```
---@param outputs tideway.dataset.TeeOutputs
---@return table<string, tideway.dataset.WrittenFile[]> files By format.
function Dataset:tee(outputs) return core.tee(self, outputs) end

---@class tideway.dataset.WriteTextOptions
---@field column? string The column of text. Default: the only one.
---@field stem? string In a folder, the name of the shards before their number. Default `train`.
---@field max_shard_bytes? integer In a folder, the text in one shard. Default 500 MB.
---@field max_shard_rows? integer In a folder, the rows of a shard at most. Default: any number.
---@field shards? integer In a folder, so many shards, of even numbers of rows.

--- Writes a column of text as lines, to a file or to a folder of them.
---
--- A path that ends in `.txt` is one file, compressed where `.gz` or `.zst` follows; any other is a
--- folder. All else is as for `write_parquet`. `tw.dataset.text` gives the lines back: a null, a line
--- break and a byte order mark at the start are errors of kind `data` with column and row.
---
--- ```lua
--- rows:write_text("out/corpus.txt.zst", { column = "message" })
--- ```
---@param path string
---@param options? tideway.dataset.WriteTextOptions
---@return tideway.dataset.WrittenFile[]
function Dataset:write_text(path, options) return core.write_text(self, path, options) end

---@class tideway.dataset.WriteTokensOptions
---@field column? string The column of tokens, `list<int32>`. Default: the only one.
---@field type? "uint16"|"uint32" What a token is written as. Default `uint16`; one beyond 65535 is then an error.
---@field stem? string In a folder, the name of the shards before their number. Default `train`.
---@field max_shard_bytes? integer In a folder, the size of a shard. Default 500 MB.
---@field max_shard_rows? integer In a folder, the rows of a shard at most. Default: any number.
---@field shards? integer In a folder, so many shards, of even numbers of rows.

--- Writes a column of tokens to a flat binary file, or to a folder of them.
---
--- A file holds the tokens of all rows one after another, little-endian, and nothing else: `numpy.memmap(file, "<u2")`
--- reads it, or `"<u4"`. Rows of one length, as `pack` makes them, are its `reshape(-1, length)`. A path that ends in
--- `.bin` is one file; any other is a folder, whose `manifest.json` tells the rows of each shard. All else is as for
--- `write_parquet`. Errors of kind `data`, with the row: a null, a token that does not fit.
---
--- ```lua
--- rows:map("content", tokenizer:ids()):pack { column = "content", length = 2048, separator = 2 }
---   :write_tokens "out/train.bin"
--- ```
---@param path string
---@param options? tideway.dataset.WriteTokensOptions
---@return tideway.dataset.WrittenFile[]
function Dataset:write_tokens(path, options) return core.write_tokens(self, path, options) end

---@class tideway.dataset.WritePartsOptions
---@field max_shard_bytes? integer The size of a shard, as for one dataset. Default 500 MB.
---@field max_shard_rows? integer The rows of a shard at most. Default: any number.
---@field shards? integer So many shards of each part, of even numbers of rows.

--- Writes several datasets, such as the parts of a split, to one folder, published together.
---
--- Shards are called `<name>-00000-of-00001.parquet`. All parts are computed at once. Otherwise as
--- `Dataset:write_parquet`.
---
--- ```lua
--- local parts = rows:split { train = 0.9, test = 0.1, seed = 42 }
--- tw.dataset.write_parquet(parts, "out/messages")
--- ```
---@param parts table<string, tideway.Dataset> Datasets by name.
---@param path string A folder of its own.
---@param options? tideway.dataset.WritePartsOptions
---@return tideway.dataset.WrittenFile[]
function M.write_parquet(parts, path, options)
  return core.write_parquet_parts(parts, path, options)
end

---@class tideway.dataset.WriteArrowPartsOptions
---@field compression? "none"|"zstd" Of the buffers. Default `none`.
---@field max_shard_bytes? integer The size of a shard in memory. Default 500 MB.
---@field max_shard_rows? integer The rows of a shard at most. Default: any number.
---@field shards? integer So many shards of each part, of even numbers of rows.

--- Writes several datasets as Arrow IPC to one folder, as `tw.dataset.write_parquet` does.
---@param parts table<string, tideway.Dataset> Datasets by name.
---@param path string A folder of its own.
---@param options? tideway.dataset.WriteArrowPartsOptions
---@return tideway.dataset.WrittenFile[]
function M.write_arrow(parts, path, options) return core.write_arrow_parts(parts, path, options) end

--- Writes several datasets as JSON lines to one folder, as `tw.dataset.write_parquet` does.
---@param parts table<string, tideway.Dataset> Datasets by name.
---@param path string A folder of its own.
---@param options? tideway.dataset.WritePartsOptions
---@return tideway.dataset.WrittenFile[]
function M.write_jsonl(parts, path, options) return core.write_jsonl_parts(parts, path, options) end

---@class tideway.dataset.WriteTextPartsOptions
---@field column? string The column of text. Default: the only one.
---@field max_shard_bytes? integer The text in one shard. Default 500 MB.
---@field max_shard_rows? integer The rows of a shard at most. Default: any number.
---@field shards? integer So many shards of each part, of even numbers of rows.

--- Writes a column of several datasets as lines to one folder, as `tw.dataset.write_parquet` does.
---@param parts table<string, tideway.Dataset> Datasets by name.
---@param path string A folder of its own.
---@param options? tideway.dataset.WriteTextPartsOptions
---@return tideway.dataset.WrittenFile[]
function M.write_text(parts, path, options) return core.write_text_parts(parts, path, options) end

---@class tideway.dataset.WriteTokensPartsOptions
---@field column? string The column of tokens. Default: the only one.
---@field type? "uint16"|"uint32" What a token is written as. Default `uint16`.
---@field max_shard_bytes? integer The size of a shard. Default 500 MB.
---@field max_shard_rows? integer The rows of a shard at most. Default: any number.
---@field shards? integer So many shards of each part, of even numbers of rows.

--- Writes a column of tokens of several datasets to one folder, as `tw.dataset.write_parquet` does.
---@param parts table<string, tideway.Dataset> Datasets by name.
---@param path string A folder of its own.
---@param options? tideway.dataset.WriteTokensPartsOptions
---@return tideway.dataset.WrittenFile[]
function M.write_tokens(parts, path, options) return core.write_tokens_parts(parts, path, options) end

---@class tideway.dataset.WriteCsvPartsOptions
---@field delimiter? string One character between fields. Default `,`.
---@field max_shard_bytes? integer The text in one shard. Default 500 MB.
---@field max_shard_rows? integer The rows of a shard at most. Default: any number.
---@field shards? integer So many shards of each part, of even numbers of rows.

--- Writes several datasets as CSV to one folder, as `tw.dataset.write_parquet` does.
---@param parts table<string, tideway.Dataset> Datasets by name.
---@param path string A folder of its own.
---@param options? tideway.dataset.WriteCsvPartsOptions
---@return tideway.dataset.WrittenFile[]
function M.write_csv(parts, path, options) return core.write_csv_parts(parts, path, options) end

core.class("tideway.Dataset", Dataset)

return M
