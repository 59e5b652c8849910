--- Reads and writes objects in buckets: Amazon S3 and what speaks its protocol, Google Cloud Storage, or a folder.
---
--- A bucket is `s3://bucket`, `gs://bucket`, or `file:/folder` for tests and for work without a network. Keys of S3 are
--- found as AWS's own tools find them: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` (`AWS_SESSION_TOKEN`), a web
--- identity, the profile in `~/.aws` (`AWS_PROFILE`), a container, the machine's role. Without any, requests are
--- nobody's. The region is that of `AWS_REGION`, the profile, or what the bucket's first answer says;
--- `AWS_ENDPOINT_URL_S3` names another server.
---
--- Google's tokens come of the file that `GOOGLE_APPLICATION_CREDENTIALS` names (a service account's key), of
--- `gcloud auth application-default login`, or of the machine; `STORAGE_EMULATOR_HOST` names a server that needs none.
---
--- ```lua
--- local bucket = tw.store.open "s3://acme-data"
--- for _, object in ipairs(bucket:list "reviews/") do print(object.key, object.size) end
--- bucket:put_file("reviews/new.parquet", "out/new.parquet")
--- ```
local core = require "tideway.core.store"

local M = {}

--- How to reach a bucket. Options that are not given come from the environment.
---@class tideway.store.Options
---@field endpoint? string Of a server that is not AWS's: "http://127.0.0.1:9000".
---@field region? string Default what the environment says, else "us-east-1"; the bucket's own answer wins.
---@field profile? string Of `~/.aws`.
---@field access_key_id? string|tideway.Secret
---@field secret_access_key? string|tideway.Secret
---@field session_token? string|tideway.Secret
---@field path_style? boolean The bucket is in the path, not in the host's name. Default true with an endpoint.
---@field anonymous? boolean Asks as nobody, whatever keys there are. Default false.
---@field requester_pays? boolean Requests are paid by whose keys they are. Needs `spend_limit_usd`. Default false.
---@field project? string Of buckets that are made in Google's store. Default `GOOGLE_CLOUD_PROJECT`.
---@field spend_limit_usd? number What all runs together may spend on this bucket, as counted by the dearest rates.

--- What a store tells of an object.
---@class tideway.store.Object
---@field key string
---@field size integer In bytes.
---@field etag? string Names this content.
---@field md5? string 32 hex digits, where the store tells them.
---@field crc32c? string 8 hex digits, of Google's store.
---@field content_type? string Not in lists.
---@field modified? string "2026-01-02T03:04:05Z".
---@field storage_class? string
---@field url? string Where it is, for who may read it without signing. Not in lists.
core.record("tideway.store.Object", {})

--- Which objects to list.
---@class tideway.store.ListOptions
---@field delimiter? string Keys that have it after the prefix are told once, as far as it. Default none.

--- Which bytes to get.
---@class tideway.store.GetOptions
---@field first? integer Of the bytes, from 0. Default 0.
---@field size? integer How many at most. Default all; must be given with `first`.

--- How to put.
---@class tideway.store.PutOptions
---@field content_type? string Default "application/octet-stream".
---@field if_absent? boolean An object that is there already is an error of kind `conflict`. Default false.
---@field replaces? string The ETag of what is to be replaced: other content, or none, is an error of kind `conflict`.

--- How to copy a folder.
---@class tideway.store.CopyOptions
---@field concurrency? integer Objects at once, from 1 to 64; fewer while the server has too much. Default 64.
---@field always? boolean Copies also what is there with the same content. Default false.

--- What was copied.
---@class tideway.store.Copied
---@field objects integer How many.
---@field bytes integer
---@field skipped integer How many were there with the same content.

--- What a URL is for.
---@class tideway.store.PresignOptions
---@field method? "GET"|"PUT" Default "GET".
---@field expires_s? integer Default 3600; at most 604800, a week.

--- A bucket. Made by `tw.store.open`.
---
--- Calls wait for the network; other tasks go on meanwhile. What passes is tried again. All raise `not_found`, `auth`,
--- `network`, `timeout`, and `usage` for a key that the store does not take.
---@class tideway.Store
local Store = {}

--- Returns its address.
---@return string uri
function Store:uri() return core.uri(self) end

--- Lists the objects whose keys begin with `prefix`, in the order of their bytes.
---
--- ```lua
--- local files, folders = bucket:list("reviews/", { delimiter = "/" })
--- ```
---@param prefix? string Default all.
---@param options? tideway.store.ListOptions
---@return tideway.store.Object[] objects
---@return string[] prefixes Where there is a delimiter.
function Store:list(prefix, options) return core.list(self, prefix, options) end

--- Tells what an object is.
---@param key string
---@return tideway.store.Object object
function Store:head(key) return core.head(self, key) end

--- Returns the bytes of an object, at most 64 MiB (`memory`); larger ones with `get_file`, or in parts.
---@param key string
---@param options? tideway.store.GetOptions
---@return string bytes
function Store:get(key, options) return core.get(self, key, options) end

--- Fetches an object of any size into a file, which appears whole or not at all.
---
--- It comes in parts, several at once, all of one content, checked by its MD5 where the store tells one. Of more than
--- 16 MiB, parts that a killed run had fetched are not fetched again: they lie beside `path`, hidden. An object that
--- changes meanwhile is fetched anew, once; then it is an error of kind `conflict`. Wrong bytes are one of kind `data`.
---@param key string
---@param path string
---@return tideway.store.Object object
function Store:get_file(key, path) return core.get_file(self, key, path) end

--- Puts a text as one object: readers see the old one or this.
---@param key string
---@param text string
---@param options? tideway.store.PutOptions
---@return tideway.store.Object object
function Store:put(key, text, options) return core.put(self, key, text, options) end

--- Puts a file of any size as one object: readers see the old one or this.
---
--- From 32 MiB on it goes in parts, several at once, in memory that does not grow with it. What a killed run had sent
--- is not sent again: uploads are noted in `$XDG_STATE_HOME/tideway` (`~/.local/state/tideway`).
---@param key string
---@param path string
---@param options? tideway.store.PutOptions
---@return tideway.store.Object object
function Store:put_file(key, path, options) return core.put_file(self, key, path, options) end

--- Fetches all objects below a prefix into a folder, many at once: `reviews/2026/a.csv` below `reviews` becomes
--- `2026/a.csv`.
---
--- Each file appears whole or not at all. One that is there with the content of the object, by MD5, is left, so that
--- a run that was killed goes on where it was. An object that cannot be fetched stops no others; at the end it is an
--- error that names the first and tells how many. Keys that end with `/` and have no bytes are passed over; one that
--- is no path below the folder is an error of kind `usage`.
---
--- ```lua
--- local got = bucket:download("reviews", "out/reviews")
--- print(got.objects .. " came, " .. got.skipped .. " were there")
--- ```
---@param prefix string A `/` is added where it has none at its end; "" is all of the bucket.
---@param folder string It is made.
---@param options? tideway.store.CopyOptions
---@return tideway.store.Copied copied
function Store:download(prefix, folder, options) return core.download(self, prefix, folder, options) end

--- Puts all files of a folder as objects below a prefix, as `download` the other way round.
---
--- Links to files are files; links to folders are passed over. Nothing is deleted.
---@param folder string
---@param prefix string A `/` is added where it has none at its end; "" puts them at the top.
---@param options? tideway.store.CopyOptions
---@return tideway.store.Copied copied
function Store:upload(folder, prefix, options) return core.upload(self, folder, prefix, options) end

--- Copies an object within the bucket; its bytes do not come here.
---
--- Of S3, more than 5 GiB are copied in parts, all of one content, and without facts of the user's own.
---@param from string
---@param to string
---@return tideway.store.Object object
function Store:copy(from, to) return core.copy(self, from, to) end

--- Deletes objects. What is not there counts as deleted.
---@param keys string|string[]
function Store:delete(keys) core.delete(self, keys) end

--- Returns a URL by which anyone may get or put an object for a time: a secret.
---
--- Those of `gs://` are signed by the key of a service account, in the file of `GOOGLE_APPLICATION_CREDENTIALS`; other
--- credentials are an error of kind `auth`. A folder gives none (`usage`).
---@param key string
---@param options? tideway.store.PresignOptions
---@return string url
function Store:presign(key, options) return core.presign(self, key, options) end

--- Makes the bucket. One that is there already, and yours, is fine.
function Store:create_bucket() core.create_bucket(self) end

function Store:__tostring() return "tideway.Store: " .. core.uri(self) end

core.class("tideway.Store", Store)

--- Opens a bucket, which need not exist. Nothing is asked yet.
---
--- ```lua
--- local bucket = tw.store.open("s3://acme-data", { endpoint = "http://127.0.0.1:9000", region = "us-east-1" })
--- ```
---@param uri string `s3://bucket`, `gs://bucket` or `file:/folder`.
---@param options? tideway.store.Options An unknown option is an error of kind `usage`.
---@return tideway.Store store
function M.open(uri, options) return core.open(uri, options) end

return M
