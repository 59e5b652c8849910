--- Removes duplicates: rows whose texts are the same, or nearly so.
---
--- ```lua
--- local found = tw.dedup.near(files, { column = "content", id = "path", threshold = 0.85 })
--- found.kept:write_parquet "out/files"
--- found.removed:write_csv "out/removed.csv"      -- what went, and what it is a duplicate of
--- print(found:report().removed)
--- ```
---
--- Nothing is computed until rows or a report are asked for; then it is decided once, for all that is
--- asked for, within the promised memory and on every core. What is decided is the same for any
--- number of workers, and, but for `keep = "first"`, for any order of the rows.
local core = require "tideway.core.dedup"
require "tideway.dataset"
local json = require "tideway.json"

local M = {}

--- What was found. Made by `tw.dedup`.
---@class tideway.Deduplication
---@field kept tideway.Dataset The rows that stay, in their order.
---@field removed tideway.Dataset A row for each that goes: its `id` and `source`, its `witness`, their `similarity`.
---@field index tideway.Dataset Of `near`: what stays, to be written as the `index` of later runs.
local Deduplication = {}

local LAZY = { kept = core.kept, removed = core.removed, index = core.index }

--- Tells in numbers what was decided, for a report file.
---
--- Fields: `rows`, `kept`, `removed`, `options`, `over_cap`; with `source` the `sources` of which most goes (at most
--- 1,000), each with `source`, `rows` and `removed`, and how many there are, `sources_all`. For near-duplicates also
--- `without_words`, `same_words` (same shingles as an earlier one), `compared` and `similar` pairs,
--- `expected_recall`, and by similarity the share of pairs that is compared.
---
--- ```lua
--- tw.path.write("out/dedup.json", tw.json.encode(found:report()))
--- ```
---@return table report
function Deduplication:report() return json.decode(core.report(self.decider)) end

local function result(decider)
  return setmetatable({ decider = decider }, {
    __index = function(self, name)
      if LAZY[name] then
        local dataset = LAZY[name](decider)
        rawset(self, name, dataset)
        return dataset
      end
      return Deduplication[name]
    end,
  })
end

--- What is compared, and what stays.
---@class tideway.dedup.ExactOptions
---@field column? string The column of texts. Default `content`.
---@field id? string A column that names rows in `removed` and `witness`. Default: the row's number, from 0.
---@field ignore_whitespace? boolean Runs of white space count as one space, at the ends as none. Default false.
---@field ignore_case? boolean Of ASCII letters. Default false.
---@field keep? "first"|"longest"|table Which one stays. Default `first`; see `near`.
---@field source? string A column of strings, such as the repository, that report and cap go by.
---@field cap? { share: number, rows: integer? } The largest share of a source's rows that may go; see `near`.

--- Removes texts that are the same, byte for byte, or but for white space and case.
---
--- Texts of equal hash are compared. Null is no duplicate of anything; empty texts are of each other.
---
--- ```lua
--- tw.dedup.exact(rows, { ignore_whitespace = true, keep = { column = "stars" } }).kept
--- ```
---@param rows tideway.Dataset
---@param options? tideway.dedup.ExactOptions
---@return tideway.Deduplication
function M.exact(rows, options) return result(core.exact(rows, options)) end

--- What is compared, and what stays.
---@class tideway.dedup.NearOptions
---@field column? string The column of texts. Default `content`.
---@field id? string A column that names rows in `removed` and `witness`. Default: the row's number, from 0.
---@field threshold? number The Jaccard index from which two texts are duplicates. Default 0.85.
---@field unit? "words"|"characters" What shingles are made of. Default `words`.
---@field ngram? integer How many of them make a shingle, 1 to 100. Default 5.
---@field keep? "longest"|"first"|table Which one stays. Default `longest`; `{ column = "stars" }`: most stars.
---@field source? string A column of strings, such as the repository, that report and cap go by.
---@field cap? { share: number, rows: integer? } The largest share of a source's rows that may go.
---@field index? tideway.Dataset What stayed in earlier runs: their `index`. Needs `id`.
---@field permutations? integer For MinHash, 1 to 1,024. Default 256.
---@field recall? number The share of pairs at the threshold that bands must find. Default 0.9995.
---@field bands? integer With `band_rows`: bands of one's own choice.
---@field band_rows? integer Permutations in each band.

--- Removes near-duplicates: texts whose sets of shingles have at least the threshold's Jaccard index with
--- another's.
---
--- A shingle is a run of `ngram` words (letters, digits, underscores; case counts, what is between words does not),
--- or characters. A text with fewer words has one shingle, of all of them; one without words, or null, is no
--- duplicate of anything.
---
--- The rule: rows are taken by `keep`, the longest (in bytes) or the greatest number first, equal ones by the hash of
--- their texts, then of their `id`. One goes when one before it stays that is similar enough; the most similar such
--- row is its `witness`. So nothing goes but for a witness that stays, and chains of similar texts are not
--- merged. Pairs to compare come from MinHash, whose bands are chosen so that of the pairs at the threshold the
--- share `recall` is compared, and of closer pairs more; every pair is verified by its whole sets, so that nothing
--- goes below the threshold. In a bucket of very many texts a text is compared with 128 that stay at most.
---
--- With `cap` and `source`, where more than `share` of the rows of a source, and more than `rows` (default 10), would
--- go, asking for what stays is an error of kind `data` that names sources and numbers. `removed` and `report`, whose
--- `over_cap` is then true, still tell what would go: write them first.
---
--- With `index`, the rows of earlier runs that stayed come before all others, whatever `keep` says: new rows go that
--- are like one of them, and nothing else of those runs is read. A row that is in the index itself, by `id` and text,
--- stays, once, so that a run may be repeated. An index of another unit, `ngram` or `threshold` is an error of kind
--- `conflict` that names both. An index holds the texts, since every pair is verified.
---
--- ```lua
--- local found = tw.dedup.near(new_files, { id = "path", index = tw.dataset.parquet "index/*.parquet" })
--- found.index:write_parquet("index/" .. job:version() .. ".parquet")
--- ```
---
--- ```lua
--- tw.dedup.near(rows, { id = "path", keep = { column = "stars" }, source = "repo", cap = { share = 0.5 } })
--- ```
---@param rows tideway.Dataset
---@param options? tideway.dedup.NearOptions
---@return tideway.Deduplication
function M.near(rows, options) return result(core.near(rows, options, false)) end

--- Marks near-duplicates and their clusters instead of removing them.
---
--- Adds four columns to all rows: `duplicate`, whether `near` would remove the row; `witness` and `similarity`, null
--- for what would stay; and `cluster`, the name (`id`) of the first row of its cluster: all rows that pairs of
--- similar ones connect. A split by it keeps all that is alike on one side.
---
--- ```lua
--- local parts = tw.dedup.tag(rows, { id = "path" }):split { train = 0.9, test = 0.1, group = "cluster" }
--- ```
---@param rows tideway.Dataset
---@param options? tideway.dedup.NearOptions
---@return tideway.Dataset
function M.tag(rows, options) return core.tagged(core.near(rows, options, true)) end

--- Which lines are repeated.
---@class tideway.dedup.LinesOptions
---@field column? string The column of texts. Default `content`.
---@field min_bytes? integer Shorter lines stay; white space at both ends does not count. Default 40.
---@field most_texts? integer A line in more texts than that is repeated. Default 10.
---@field count? string A new column: how many lines went from each row. Default: none.

--- Removes lines that many texts have, such as licence headers and banners, from all but the first of them.
---
--- Whole lines, with what ends them; white space at both ends does not make a line another one. A text that has a
--- line twice has it once for the count, and the first text keeps it as often as it has it. Lines are told by hashes
--- of 64 bits.
---
--- ```lua
--- rows = tw.dedup.lines(rows, { min_bytes = 60, most_texts = 100, count = "lines_removed" })
--- ```
---@param rows tideway.Dataset
---@param options? tideway.dedup.LinesOptions
---@return tideway.Dataset
function M.lines(rows, options) return core.lines(rows, options) end

return M
