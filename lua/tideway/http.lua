--- Asks web servers: what no other module speaks to.
---
--- ```lua
--- local answer = tw.http.get("https://api.example.org/labels", { query = { page = 1 }, token = tw.env "API_TOKEN" })
--- print(answer.status, answer:json().labels[1])
--- ```
---
--- Connections are kept and shared by all tasks of a run. Proxies are taken from `HTTP_PROXY`, `HTTPS_PROXY`,
--- `ALL_PROXY` and `NO_PROXY`, a certificate authority of your own from `SSL_CERT_FILE`, `CURL_CA_BUNDLE` or
--- `REQUESTS_CA_BUNDLE`.
--- `-vv` prints each request as a line of curl, without its secrets.
local core = require "tideway.core.http"
local json = require "tideway.json"

local M = {}

--- When to ask again. Between the tries a random time passes, up to `base_s`, then twice, four times as long, but at
--- most `cap_s`; or as long as the server asks for (`Retry-After`, `RateLimit`).
---@class tideway.http.Retry
---@field tries? integer Tries in all. Default 5.
---@field base_s? number Seconds. Default 1.
---@field cap_s? number Seconds. Default 60.
---@field busy_s? number The least wait after a 429 that names no time, in seconds. Default 60.
---@field deadline_s? number Seconds from the first try, over redirects, after which there is no other. Default 600.
---@field statuses? integer[] Answers to ask again after, from 200 to 599. Default 408, 429, 500, 502, 503, 504.
---@field kinds? string[] Errors to ask again after: "network", "timeout". Default both.

--- How to ask.
---@class tideway.http.Options
---@field headers? table<string, string|tideway.Secret> A secret value goes to no other origin than the URL's.
---@field query? table<string, string|number|boolean|tideway.Secret> Added to the URL, encoded, in the order of names.
---@field token? string|tideway.Secret Sent as `Authorization: Bearer`, to no other origin than the URL's.
---@field body? string What to send.
---@field json? any What to send, as JSON; with `Content-Type: application/json` unless `headers` has another.
---@field timeout_s? number Seconds without a byte, either way. Default 60.
---@field connect_timeout_s? number Seconds to connect in. Default 20.
---@field max_bytes? integer A larger answer is an error of kind `data`; after decompression. Default 67108864.
---@field redirects? integer How many to follow; 0 gives the redirect itself. Default 20.
---@field retry? tideway.http.Retry What is asked again, and how often. Default: busy servers and broken connections.
---@field limiter? tideway.Limiter|tideway.Limiter[] Each try waits for a turn of it, or of all of them, and they learn
--- what the answers say of quotas (`RateLimit`, `Retry-After`).
---@field idempotent? boolean Doing it twice is doing it once. Default true but for `POST` and `PATCH`.
---@field check? boolean An answer from 400 on is an error. Default true.

--- What a server answered.
---@class tideway.http.Response
---@field status integer 200 and so on.
---@field url string The address that answered, after redirects.
---@field headers table<string, string> By name in lower case; fields of one name are joined by ", ".
---@field body string Bytes, decompressed.
local Response = {}

--- Reads the body as JSON (`tw.json.decode`). Raises `data` when it is none.
---@return any
function Response:json() return json.decode(self.body) end

core.record("tideway.http.Response", Response)

--- Sends a request and waits for the answer; other tasks go on meanwhile.
---
--- A redirect to another origin gets no field that tells who asks, only such as describe content (`Accept`,
--- `Range`); one from https to http is an error. What is tried again, and how often, is in `retry`; a request that
--- may not be done twice is tried again only when the server refused it for its time (429) or never saw it.
---
--- `tideway check` sends `GET` and `HEAD` only; any other gives status 200 and an empty body there.
---
--- Raises for an answer from 400 on (unless `check = false`): `auth` (401, 403), `not_found` (404, 410), `conflict`
--- (409, 412), `timeout` (408), else `network`, with the server's own words. Also `network` and `timeout` when there
--- is no answer, `data` when it is larger than `max_bytes`, and `usage`.
---
--- ```lua
--- local answer = tw.http.request("PUT", url, { json = { done = true }, check = false })
--- if answer.status == 409 then print "somebody else was first" end
--- ```
---@param method string In capitals.
---@param url string|tideway.Secret `https://` or `http://`.
---@param options? tideway.http.Options An unknown option is an error of kind `usage`.
---@return tideway.http.Response answer
function M.request(method, url, options) return core.request(method, url, options) end

--- `request("GET", ...)`.
---@param url string|tideway.Secret
---@param options? tideway.http.Options
---@return tideway.http.Response answer
function M.get(url, options) return core.request("GET", url, options) end

--- `request("POST", ...)`.
---@param url string|tideway.Secret
---@param options? tideway.http.Options
---@return tideway.http.Response answer
function M.post(url, options) return core.request("POST", url, options) end

return M
