-- Source files of The Stack v2: rows of the Hub's dataset, filtered, and their contents from Software Heritage's
-- bucket. What is there is not fetched again; a run that was killed is gone on with.
--
--   tideway stack --accept-terms --language Python --language Java
--   tideway stack --all --max-samples 1000           of each of the languages below
--   tideway stack --check                            may I read dataset and bucket?
--   tideway stack --all --refresh                    and delete what the newest revision lists no more
--
-- The dataset is gated: accept its terms once in a browser, then set HF_TOKEN or `tideway hub login`. The bucket needs
-- AWS keys only where it refuses those who have none.

local tw = require "tideway"

local languages = { "Python", "Java", "C++", "JavaScript" }

-- What the manifest and the metadata say of each file, as far as the revision has it.
local wanted = {
  "blob_id", "content_id", "repo_name", "path", "snapshot_id", "revision_id", "license_type", "detected_licenses",
  "star_events_count", "length_bytes", "src_encoding", "language", "extension", "filename", "is_vendor", "is_generated",
}

local function words(text)
  local list = {}
  for word in text:gmatch "[^,]+" do
    word = word:match "^%s*(.-)%s*$"
    if word ~= "" then list[#list + 1] = word end
  end
  return list
end

local function chosen(params)
  local named = words(params.language)
  if params.all and #named > 0 then
    error { kind = "usage", message = "both all and language", hint = "leave one out" }
  end
  if params.all then return languages end
  if #named > 0 then return named end
  error { kind = "usage", message = "no language is named",
          hint = "say --language Python, or --all for " .. table.concat(languages, ", ") }
end

local function existing(rows)
  local is_there, columns = {}, {}
  for _, column in ipairs(rows:columns()) do is_there[column.name] = true end
  for _, name in ipairs(wanted) do
    if is_there[name] then columns[#columns + 1] = name end
  end
  return columns
end

local function filtered(rows, params)
  local col = tw.col
  rows = rows:filter(col("star_events_count"):ge(params.min_stars)
    :and_(col("length_bytes"):ge(params.min_bytes), col("length_bytes"):le(params.max_bytes)))
  local types = words(params.license_types)
  if #types > 0 then rows = rows:filter(col("license_type"):is_in(types)) end
  return rows:select(existing(rows))
end

-- Noted in the folder, so that they are asked for once.
local function terms(params) return tw.path.join(params.to, "terms_accepted.json") end

local function paying(params)
  return { requester_pays = params.requester_pays, spend_limit_usd = params.spend_limit_usd }
end

local function download(repo, commit, language, params)
  local listed = repo:read("train", { config = language, revision = commit })
  local options = paying(params)
  options.to, options.language = params.to, language
  options.accept_terms = params.accept_terms or tw.path.exists(terms(params))
  options.licenses, options.max_rows = words(params.licenses), params.max_samples
  options.names, options.on_error = params.names, params.on_error
  options.encoding, options.batch, options.at_once = params.encoding, params.batch, params.at_once
  local report = tw.swh.fetch(filtered(listed, params), options)
  if params.refresh then
    report.removed = tw.swh.remove_unlisted(listed:select { "blob_id" }, { to = params.to, language = language })
  end
  report.files = tw.swh.write_lists { to = params.to, language = language }
  report.metadata = language:gsub("/", "_") .. "_metadata.json"
  return report
end

-- After each language, so that what is there is told when a later one fails. Languages of earlier runs stay in it.
local function note(job, commit, reports)
  local p = job.params
  local path = tw.path.join(p.to, "ingest_manifest.json")
  local noted = tw.path.exists(path) and tw.json.decode(tw.path.read(path)).languages or {}
  for language, report in pairs(reports) do noted[language] = report end
  local function write(path, value) tw.path.write(path, tw.json.encode(value, { indent = 2 }) .. "\n") end
  write(terms(p), { dataset = p.dataset, version = job:version() })
  write(path, {
    dataset   = p.dataset,
    revision  = commit,
    filters   = {
      min_stars = p.min_stars, min_bytes = p.min_bytes, max_bytes = p.max_bytes, max_samples = p.max_samples,
      license_types = tw.array(words(p.license_types)), licenses = tw.array(words(p.licenses)),
    },
    encoding  = p.encoding,
    names     = p.names,
    checksums = "SHA256SUMS",
    version   = job:version(),
    languages = noted,
  })
end

return tw.pipeline {
  name        = "stack_download",
  description = "source files of The Stack v2, from Software Heritage",
  params = {
    to              = "stack",                  -- the folder to download into
    language        = "",                       -- "Python, C++", as the dataset calls them
    all             = false,                    -- all languages of the list above
    max_samples     = 0,                        -- rows of each language; 0: all
    accept_terms    = false,                    -- once for each folder
    check           = false,                    -- only look whether dataset and bucket may be read
    refresh         = false,                    -- delete what the revision does not list any more
    dataset         = "bigcode/the-stack-v2",
    revision        = "main",
    min_stars       = 10,
    min_bytes       = 100,
    max_bytes       = 1048576,
    license_types   = "permissive",             -- "permissive, no_license"; empty: any
    licenses        = "",                       -- "MIT, Apache-2.0": all that were found must be among these
    encoding        = "utf-8",                  -- "keep": files as they were archived
    on_error        = "replace",                -- "skip" or "strict": what becomes of bytes that are no text
    names           = "blob",                   -- "path": files are called by repository and path
    batch           = 100,                      -- lines of the manifest that are written at a time
    at_once         = 64,                       -- contents at a time
    requester_pays  = false,                    -- pay where AWS gives nothing for free,
    spend_limit_usd = 0,                        -- so much in all
  },

  run = function(job)
    local p = job.params
    local repo = tw.hub.dataset(p.dataset)
    -- The card is read to see whether the dataset may be, and of which commit it is.
    local commit = repo:fetch({ revision = p.revision, include = { "README.md" } }).commit
    if p.check then return { dataset = p.dataset, revision = commit, bucket = tw.swh.check(paying(p)) } end

    local reports = {}
    for _, language in ipairs(chosen(p)) do
      reports[language] = download(repo, commit, language, p)
      reports[language].revision = commit
      if reports[language].manifest then note(job, commit, reports) end
    end
    return reports
  end,
}
