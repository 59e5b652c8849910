--- Contents of the Software Heritage archive: the files that The Stack v2 lists, and the names they have there.
---
--- `bigcode/the-stack-v2` has rows about files, and no contents: these are in a bucket of the archive, by the SHA-1
--- that a row calls `blob_id`. `fetch` brings them, checks each by its SHA-1, makes UTF-8 of it and notes it. What is
--- there already is not fetched again, and a run that was killed is gone on with.
---
--- ```lua
--- local rows = tw.hub.dataset("bigcode/the-stack-v2"):read("train", { config = "Lua" })
--- local report = tw.swh.fetch(rows, { to = "stack", language = "Lua", accept_terms = true })
--- print(report.fetched, report.missing)
--- tw.swh.write_lists { to = "stack", language = "Lua" }
--- ```
---
--- What it makes:
---
---     <to>/raw/<Language>/3f/3f78...e8.lua   a file for each content
---     <to>/<Language>_manifest.jsonl         a line for each blob: its row, file, SHA-256, size, SWHID, or why it is
---                                            not there
---     <to>/quarantine/                       what came and was not what it should be
---     <to>/<Language>_metadata.json          by `write_lists`: what was fetched, as one JSON
---     <to>/SHA256SUMS                        by `write_lists`: of all files, for `sha256sum -c`
---
--- The bucket is asked as nobody first, then with the AWS keys that there are, then, only if `requester_pays` is true,
--- as one who pays. `scripts/stack_download.lua` is the whole job, with filters.
local core = require "tideway.core.swh"

local M = {}

--- How to fetch. Sizes are numbers of bytes, or texts: "16MiB".
---@class tideway.swh.FetchOptions
---@field to string The folder of the download; made where it is not there.
---@field language string Names the folder and the lists. One process at a time may fetch a language into a folder.
---@field accept_terms boolean True: you keep to the archive's terms, which the error without it tells.
---@field licenses? string[] Only rows all of whose `detected_licenses` are among these. Default: all rows.
---@field max_rows? integer At most so many of them; 0, the default: all.
---@field encoding? "utf-8"|"keep" What the files are: decoded by `src_encoding`, or as they were archived. Default
--- `utf-8`.
---@field on_error? "replace"|"skip"|"strict" What becomes of bytes that are no text: U+FFFD, a blob that is left out
--- and noted as `undecodable`, or an error of kind `data`. Default `replace`.
---@field names? "blob"|"path" Files are called by their blob, or by repository and path, cut to 180 bytes, and blob.
--- The manifest tells which is which. Default `blob`.
---@field max_bytes? integer|string Larger contents are left out, `too_large`. Default "16MiB".
---@field batch? integer Lines of the manifest that are written at a time. Default 100.
---@field at_once? integer Contents at a time, 1 to 256; fewer while the other side is slow. Default 64.
---@field requester_pays? boolean Pay for what AWS does not give otherwise. Default false.
---@field spend_limit_usd? number Required with `requester_pays`: in all, over all runs.
---@field endpoint? string A server of S3's protocol that has the bucket. Default `SWH_ENDPOINT`, else AWS's own.
---@field source? "s3"|"api" `api`: the archive's web API, for few contents. Default `s3`.
---@field api_limit? integer Contents that a call may ask of the web API. Default 100.
---@field api_token? string|tideway.Secret Of an account at the archive, whose quota is higher.

--- What became of the rows.
---@class tideway.swh.Report
---@field refused integer Rows by their licences.
---@field rows integer The others.
---@field kept integer Those whose blob was there already, or came before.
---@field fetched integer
---@field missing integer The archive has them no more.
---@field denied integer Refused, where others were given.
---@field too_large integer
---@field quarantined integer Not what their SHA-1 says, twice.
---@field undecodable integer
---@field replaced integer Fetched files with U+FFFD in place of what was no text.
---@field bytes integer Of the fetched files.
---@field manifest? string The file; nil under `tideway check`, which fetches nothing.

--- Fetches the contents of a dataset's rows into files, each blob once, and notes them in the manifest.
---
--- The rows need the column `blob_id`; `src_encoding` (default UTF-8), `extension`, `repo_name`, `path`,
--- `snapshot_id` and `revision_id` are used where they are. All columns go into the manifest: `select` what you want
--- there.
---
--- Raises `usage` (terms that are not accepted, options, a limit of cost or of the web API), `auth` (nothing may be
--- read, with the remedy), `data` (no SHA-1; with `on_error = "strict"`, bytes that are no text), `conflict` (another
--- process fetches the same), `network`, `disk_full`, `io`. What was fetched by then is noted.
---@param rows tideway.Dataset
---@param options tideway.swh.FetchOptions An unknown option is an error of kind `usage`.
---@return tideway.swh.Report
function M.fetch(rows, options) return core.fetch(rows, options) end

---@class tideway.swh.ListOptions
---@field to string The folder of the download.
---@field language string As it was fetched by.

--- Writes `<Language>_metadata.json` of one language, and `SHA256SUMS` of all that are there.
---
--- Raises `data` for a manifest that makes no sense; `io`, `disk_full`.
---@param options tideway.swh.ListOptions
---@return integer files Of the language.
---@return integer all Of all languages.
function M.write_lists(options) return core.write_lists(options) end

--- Deletes the files of a language whose blobs are in no row of a dataset, and returns how many blobs went.
---
--- Authors may have their files taken out of The Stack; whoever has them must then delete them. Give all rows of the
--- newest revision, not only those that a filter leaves: then just what was taken out goes. `write_lists` follows.
---
--- Raises `data` where there are no rows, so that a mistake deletes nothing; `usage`, `conflict`, `io`.
---
--- ```lua
--- local listed = repo:read("train", { config = "Lua", columns = { "blob_id" } })
--- print(tw.swh.remove_unlisted(listed, { to = "stack", language = "Lua" }))
--- ```
---@param rows tideway.Dataset With the column `blob_id`.
---@param options tideway.swh.ListOptions
---@return integer removed
function M.remove_unlisted(rows, options) return core.remove_unlisted(rows, options) end

---@class tideway.swh.CheckOptions
---@field requester_pays? boolean As of `fetch`.
---@field spend_limit_usd? number
---@field endpoint? string

--- Tells by what way the bucket gives contents: "anonymous", "signed" or "requester_pays".
---
--- Raises `auth` where it gives none, with the remedy: keys that AWS does not know, a secret that is not the key's, a
--- session that has expired; `network`.
---@param options? tideway.swh.CheckOptions
---@return "anonymous"|"signed"|"requester_pays" way
function M.check(options) return core.check(options) end

--- Gives the SWHID of a row's content, with its origin, visit, anchor and path: the name by which to credit it.
---
--- Raises `data` for a row without a `content_id` of 40 hex digits.
---@param row table With `content_id`; `repo_name`, `snapshot_id`, `revision_id` and `path` where they are.
---@return string swhid
function M.id(row) return core.id(row) end

--- Gives the SWHID of these bytes: "swh:1:cnt:" and their hash as git has it.
---@param bytes string
---@return string swhid
function M.id_of(bytes) return core.id_of(bytes) end

---@class tideway.swh.Id
---@field type "cnt"|"dir"|"rev"|"rel"|"snp"
---@field hash string 40 hex digits.
---@field qualifiers table<string, string> `origin`, `visit`, `anchor`, `path`, `lines`, as far as they are there.

--- Reads a SWHID and checks it.
---
--- Raises `data`, naming the part that is wrong.
---@param text string
---@return tideway.swh.Id
function M.parse(text) return core.parse(text) end

--- Gives bytes as UTF-8.
---
--- Encodings have the names of Python's codecs, in any letter case, with `_` or `-`: `latin-1`, `UTF_16`, `cp1252`,
--- `Shift_JIS`. Raises `data` for one that is not known and, unless they are replaced, for bytes that are no text in
--- it.
---@param bytes string
---@param encoding? string Default UTF-8.
---@param on_error? "strict"|"replace" Default `strict`.
---@return string text
---@return integer replaced How many units of the encoding became U+FFFD.
function M.decode(bytes, encoding, on_error) return core.decode(bytes, encoding, on_error) end

return M
