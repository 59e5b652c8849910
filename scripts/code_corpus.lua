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
--   preprocessing_results.json     what each stage took, left and found
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

local function write_json(file, value) tw.path.write(file, tw.json.encode(value, { indent = 2 }) .. "\n") end

-- How many rows have each value of a column; null has none.
local function count_by(rows, column)
  local counts = {}
  for row in rows:filter { not_null = column }:group_by(column, { rows = "count" }):rows() do
    counts[row[column]] = row.rows
  end
  return tw.object(counts)
end

-- Stages in their order: the parameter that switches each, and what it does to the rows. What it tells goes into
-- preprocessing_results.json.
local stages = {}

local function stage(name, run) stages[#stages + 1] = { name = name, run = run } end

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

stage("malformed_cleaning", function(rows)
  local rules = { as = "broken", language = "language" }
  for name, threshold in pairs(code_rules) do rules[name] = threshold end
  local checked = rows:check_code("content", rules):cache()
  return checked:filter(col "broken":is_null()):drop "broken", { broken = count_by(checked, "broken") }
end)

stage("whitespace_cleanup", function(rows) return rows:map("content", tw.text.tidy(white_space)), {} end)

stage("deduplication", function(rows, p)
  local exact = tw.dedup.exact(rows, { id = "path", source = "language" })
  local near = tw.dedup.near(exact.kept, { id = "path", threshold = p.similarity_threshold, source = "language" })
  local report = { exact = exact:report(), near = near:report() }
  write_json(path.join(p.to, "deduplication_report.json"), report)
  exact.removed:concat(near.removed):write_parquet(path.join(p.to, "duplicates.parquet"))
  return near.kept, { exact = report.exact.removed, near = report.near.removed }
end)

stage("pii_removal", function(rows, p)
  local found = tw.pii.report(rows, { kinds = pii_kinds }):cache()
  found:write_jsonl(path.join(p.to, "pii.jsonl"))
  local redact = tw.pii.redact { kinds = pii_kinds, mode = p.pii_mode, key = p.pii_key ~= "" and p.pii_key or nil }
  return rows:map("content", redact), { found = count_by(found, "kind") }
end)

stage("tokenization", function(rows, p)
  local tokenizer = tw.tokens.load(p.tokenizer)
  rows = rows:map("content", tokenizer:ids { invalid = "replace" }, { as = "ids" })
  return rows:with { tokens = col "ids":length() }, { tokenizer = p.tokenizer }
end)

local function ingest(p)
  local files = tw.dataset.files(p.from)
  local rows = tw.code.organise(files:filter(col "size":ge(p.min_bytes)), {
    languages = languages, extensions = extensions, max_bytes = p.max_bytes,
  })
  if not p.encoding_fix then rows = rows:cast { content = "string" } end
  return files:count(), rows
end

local function write_ingest_manifest(p, files, rows)
  local by_language = {}
  for row in rows:group_by("language", { files = "count", bytes = { sum = "size" } }):rows() do
    by_language[row.language] = { files = row.files, bytes = row.bytes }
  end
  write_json(path.join(p.to, "ingest_manifest.json"), {
    from = p.from, files = files, taken = rows:count(), max_bytes = p.max_bytes, languages = tw.object(by_language),
    licenses = count_by(rows, "license"),
  })
end

local function check(p)
  if p.tokenization and p.tokenizer == "" then
    error { kind = "usage", message = "no tokenizer is named",
            hint = "say -p tokenizer=tokenizer.json (a file, or hf://...), or -p tokenization=false" }
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

    local files, rows = ingest(p)
    rows = keep("ingest", rows)
    write_ingest_manifest(p, files, rows)
    job:log("ingest: %d of %d files", rows:count(), files)

    local function run_stage(one)
      local before = rows:count()
      local changed, found = one.run(rows, p)
      rows = keep(one.name, changed)
      found.rows_in, found.rows_out = before, rows:count()
      results[one.name] = found
      job:log("%s: %d of %d files stay", one.name, found.rows_out, before)
      local parameters = { similarity_threshold = p.similarity_threshold, code_rules = code_rules }
      write_json(path.join(p.to, "preprocessing_results.json"), {
        parameters = parameters, stages = tw.object(results),
      })
    end

    for _, one in ipairs(stages) do
      collectgarbage()  -- what the stage before kept
      if p[one.name] then run_stage(one) end
    end

    rows:write_parquet(path.join(p.to, "corpus"))
    tw.stats.report(rows, {
      language = "language", tokens = p.tokenization and "tokens" or nil,
      pii = results.pii_removal and results.pii_removal.found or nil, title = "Code corpus",
      html = path.join(p.to, "statistics.html"), json = path.join(p.to, "statistics.json"),
    })
    return { files = rows:count() }
  end,
}
