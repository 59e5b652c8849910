-- From a folder of source files to a corpus to train on: organised, repaired, cleaned, deduplicated, redacted,
-- tokenised and measured.
--
--   tideway run code_corpus -p from=sources -p to=corpus -p tokenizer=tokenizer.json
--   tideway run code_corpus -p from=sources -p tokenization=false --workers 4      (all cores by default)
--
-- Each stage writes its rows to `to/stages`, where the next one finds them and you may look at them; a run that was
-- interrupted, or that differs in a later stage, goes on behind those that stand. In `to` there are then
--
--   corpus/                        the rows: path, language, license, content, tokens ...
--   ingest_manifest.json           what was found, by language and licence
--   preprocessing_results.json     what each stage took, left and found; `complete` once all the rest is there
--   deduplication_report.json      what went as a duplicate, with duplicates.parquet: of what, and how similar
--   pii.jsonl                      what was found where, never the value
--   statistics.html, .json         the corpus in numbers

local tw = require "tideway"

local col, path = tw.col, tw.path

local languages = { "Python", "Java", "C++", "JavaScript", "C", "Go", "Rust" }

-- Beyond the suffixes that tw.code.languages knows.
local extensions = { [".pyx"] = "Python", [".tpp"] = "C++" }

-- Thresholds of the rules for malformed code; `tideway help text.code_rules` lists them.
local code_rules = { max_line = 1000, mean_line = 100, min_alphanumeric = 0.25 }

-- White space that means nothing goes: at the ends of lines, more blank lines than so many, and those at the end.
local white_space = { blank_lines = 2 }

local pii_kinds = {
  "email", "ipv4", "ipv6", "ssn", "credit_card", "phone", "api_key", "secret", "private_key", "jwt",
  "connection_string",
}

local function redaction(p)
  return tw.pii.redact { kinds = pii_kinds, mode = p.pii_mode, key = p.pii_key ~= "" and p.pii_key or nil }
end

local function write_json(file, value) tw.path.write(file, tw.json.encode(value, { indent = 2 }) .. "\n") end

-- How many rows have each value of a column; null has none.
local function count_by(rows, column)
  local counts = {}
  for row in rows:filter { not_null = column }:group_by(column, { rows = "count" }):rows() do
    counts[row[column]] = row.rows
  end
  return tw.object(counts)
end

-- What a stage found, counts by name as counts and rates: how many that are for each row that came in.
local function with_rates(found)
  local told = {}
  for name, value in pairs(found) do
    told[name] = value
    if type(value) == "table" then
      local rates = {}
      for what, count in pairs(value) do rates[what] = { count = count, rate = count / math.max(found.rows_in, 1) } end
      told[name] = tw.object(rates)
    end
  end
  return told
end

local function sum_of(rows, column)
  for row in rows:group_by({}, { sum = { sum = column } }):rows() do return row.sum end
end

-- Stages in their order: the parameter that switches each, and what it does to the rows. What it tells goes into
-- preprocessing_results.json, counts by rule or kind with their rates; and of the rows that it gave, the sums of the
-- columns that it names last. `writes` names the files that only this stage writes.
local stages = {}

local function stage(name, run, writes)
  stages[#stages + 1] = { name = name, run = run, writes = writes or {} }
end

stage("encoding_fix", function(rows)
  local decoded = rows:decode("content", {
    on_unknown = "null", newlines = "lf", encoding_as = "encoding", mojibake_as = "mojibake", problem_as = "problem",
    lost_as = "lost",
  }):cache()
  local found = {
    encodings = count_by(decoded, "encoding"),
    mojibake  = count_by(decoded, "mojibake"),
    no_text   = count_by(decoded, "problem"),
    lost      = decoded:filter(col "lost":gt(0)):count(),
  }
  return decoded:filter { not_null = "content" }:drop("problem", "mojibake", "lost"), found
end)

-- A file that breaks several rules, "long_line,generated", counts for each.
local function count_rules(checked)
  local counts = {}
  for rules, files in pairs(count_by(checked, "broken")) do
    for rule in rules:gmatch "[^,]+" do counts[rule] = (counts[rule] or 0) + files end
  end
  return counts
end

stage("malformed_cleaning", function(rows)
  local rules = { as = "broken", language = "language" }
  for name, threshold in pairs(code_rules) do rules[name] = threshold end
  local checked = rows:check_code("content", rules):cache()
  return checked:filter(col "broken":is_null()):drop "broken", { broken = count_rules(checked) }
end)

stage("whitespace_cleanup", function(rows) return rows:map("content", tw.text.tidy(white_space)), {} end)

-- The witness of a copy may go itself, as a near-duplicate: then its witness is the copy's, and as similar.
local function concat_removed(exact, near)
  local gone = near:select { "path", "witness", "similarity" }
    :rename { witness = "stays", similarity = "its_similarity" }:rename { path = "witness" }
  local columns = { "path", "language", "witness", "similarity" }
  return exact:join(gone, { on = "witness", how = "left" })
    :with {
      witness = col "stays":coalesce(col "witness"), similarity = col "its_similarity":coalesce(col "similarity"),
    }
    :select(columns)
    :concat(near:select(columns))
end

stage("deduplication", function(rows, p)
  local exact = tw.dedup.exact(rows, { id = "path", source = "language" })
  local near = tw.dedup.near(exact.kept, {
    id = "path", threshold = p.similarity_threshold, source = "language", cap = { share = p.removal_cap },
  })
  local report = { exact = exact:report(), near = near:report() }
  write_json(path.join(p.to, "deduplication_report.json"), report)
  concat_removed(exact.removed, near.removed):write_parquet(path.join(p.to, "duplicates.parquet"))
  return near.kept, { removed = { exact = report.exact.removed, near = report.near.removed } }
end, { "deduplication_report.json", "duplicates.parquet" })

stage("pii_removal", function(rows, p)
  local found = tw.pii.report(rows, { kinds = pii_kinds }):cache()
  found:write_jsonl(path.join(p.to, "pii.jsonl"))
  return rows:map("content", redaction(p)), { found = count_by(found, "kind") }
end, { "pii.jsonl" })

stage("tokenization", function(rows, p)
  local tokenizer = tw.tokens.load(p.tokenizer)
  rows = rows:map("content", tokenizer:ids { invalid = "replace" }, { as = "ids" })
  return rows:with { tokens = col "ids":length() }, { tokenizer = p.tokenizer }, { "tokens" }
end)

local function ingest(p)
  local files = tw.dataset.files(p.from, { max_bytes = p.max_bytes })
    :filter(col "size":ge(p.min_bytes))
    :filter { not_null = "content" }
  local rows = tw.code.organise(files, {
    languages = languages, extensions = extensions, max_bytes = p.max_bytes,
  })
  if p.pii_removal then rows = rows:map("license", redaction(p)) end
  if not p.encoding_fix then rows = rows:cast { content = "string" } end
  return rows
end

local function write_ingest_manifest(job, rows)
  local p = job.params
  local files = tw.dataset.files(p.from):select("path", "size")
  local by_language = {}
  for row in rows:group_by("language", { files = "count", bytes = { sum = "size" } }):rows() do
    by_language[row.language] = { files = row.files, bytes = row.bytes }
  end
  local found, taken = files:count(), rows:count()
  local too_small = files:filter(col "size":lt(p.min_bytes)):count()
  local too_large = files:filter(col "size":gt(p.max_bytes)):count()
  write_json(path.join(p.to, "ingest_manifest.json"), {
    from = p.from, files = found, taken = taken, min_bytes = p.min_bytes, max_bytes = p.max_bytes,
    left_out = {
      too_small = too_small, too_large = too_large,
      by_path = found - taken - too_small - too_large,  -- of no such language, vendored, or made by a build
    },
    languages = tw.object(by_language),
    licenses = count_by(rows, "license"),
    no_license = rows:filter(col "license":is_null()):count(),
  })
  job:log("ingest: %d of %d files", taken, found)
end

-- What would otherwise be told when the stages before are done.
local function check(p)
  local function refuse(message, hint) error { kind = "usage", message = message, hint = hint } end
  if p.tokenization and p.tokenizer == "" then
    refuse("no tokenizer is named",
           "say -p tokenizer=tokenizer.json (a file, or hf://...), or -p tokenization=false")
  end
  if p.tokenization then tw.tokens.load(p.tokenizer) end
  if p.similarity_threshold <= 0 or p.similarity_threshold > 1 then
    refuse("similarity_threshold must be above 0, up to 1: " .. p.similarity_threshold, "0.85 is usual")
  end
  if p.max_bytes < 1 then refuse("max_bytes must be above 0: " .. p.max_bytes, "10000000 is usual") end
  if p.removal_cap <= 0 or p.removal_cap > 1 then
    refuse("removal_cap must be above 0, up to 1: " .. p.removal_cap, "1 is no cap")
  end
  if p.pii_removal then redaction(p) end
end

-- Of a stage that is switched off there may be files of an earlier run.
local function warn_of_old_files(p, one)
  for _, name in ipairs(one.writes) do
    local file = path.join(p.to, name)
    if path.exists(file) then tw.log.warn("%s is of an earlier run: %s is switched off", file, one.name) end
  end
end

return tw.pipeline {
  name        = "code_corpus",
  description = "a corpus of code, from raw files to tokens",
  params = {
    from                 = "sources",     -- a folder of source files
    to                   = "corpus",
    min_bytes            = 1,             -- smaller files are left out,
    max_bytes            = 10000000,      -- and larger ones
    encoding_fix         = true,          -- without it a file that is not UTF-8 ends the run
    malformed_cleaning   = true,
    whitespace_cleanup   = true,
    deduplication        = true,
    similarity_threshold = 0.85,          -- Jaccard index, from which two files are near-duplicates
    removal_cap          = 1,             -- the share of a language's files that may go as near-duplicates, at most
    pii_removal          = true,
    pii_mode             = "tag",         -- "fake", or "hash" with a key
    pii_key              = tw.env("PII_KEY", { default = "" }),
    tokenization         = true,
    tokenizer            = "",            -- a tokenizer.json: "hf://microsoft/codebert-base/tokenizer.json"
  },

  run = function(job)
    local p = job.params
    check(p)
    local results = {}

    local function keep(name, rows)
      local folder = path.join(p.to, "stages", name)
      rows:write_parquet(folder)
      return tw.dataset.parquet(folder)
    end

    local rows = keep("ingest", ingest(p))
    write_ingest_manifest(job, rows)

    local function write_results(complete)
      local parameters = {
        similarity_threshold = p.similarity_threshold, removal_cap = p.removal_cap, pii_mode = p.pii_mode,
        code_rules = code_rules,
      }
      local told = {}
      for name, found in pairs(results) do told[name] = with_rates(found) end
      write_json(path.join(p.to, "preprocessing_results.json"), {
        complete = complete, parameters = parameters, stages = tw.object(told),
      })
    end

    local function run_stage(one)
      local before = rows:count()
      local changed, found, summed = one.run(rows, p)
      rows = keep(one.name, changed)
      found.rows_in, found.rows_out = before, rows:count()
      for _, column in ipairs(summed or {}) do found[column] = sum_of(rows, column) end
      results[one.name] = found
      job:log("%s: %d of %d files stay", one.name, found.rows_out, before)
      write_results(false)
    end

    write_results(false)
    for _, one in ipairs(stages) do
      collectgarbage()  -- what the stage before kept
      if p[one.name] then
        run_stage(one)
      else
        warn_of_old_files(p, one)
      end
    end

    rows:write_parquet(path.join(p.to, "corpus"))
    tw.stats.report(rows, {
      language = "language", tokens = p.tokenization and "tokens" or nil,
      pii = results.pii_removal and results.pii_removal.found or nil, title = "Code corpus",
      html = path.join(p.to, "statistics.html"), json = path.join(p.to, "statistics.json"),
    })
    write_results(true)
    return { files = rows:count() }
  end,
}
