--- Finds personal data and secrets in text and code, and takes them out.
---
--- ```lua
--- local redact = tw.pii.redact { kinds = { "email", "phone", "api_key" } }
--- rows = rows:map("content", redact)
--- print(redact "mail ana@site.org") --> mail <EMAIL>
--- ```
---
--- | kind | what is found |
--- |---|---|
--- | `email` | addresses with a top-level domain that there is; not `git@host:path`, not `x@w.T` |
--- | `ipv4`, `ipv6` | public addresses, private ones too by an option; not versions, loopback, documentation |
--- | `ssn` | US social security numbers: `AAA-GG-SSSS`, other forms beside a word such as `SSN` |
--- | `credit_card` | right length for the issuer and right check digit; ungrouped beside a word such as `card` |
--- | `phone` | with `+` and a country, or in North America's form; other forms beside a word such as `tel` |
--- | `api_key` | the formats of some forty services: AWS, GitHub, GitLab, Slack, Google, Stripe, OpenAI ... |
--- | `secret` | random-looking values of names such as `password`, `client_secret`; `Authorization` headers |
--- | `private_key` | PEM blocks with something between `BEGIN` and `END`, in strings of code too |
--- | `jwt` | JSON Web Tokens |
--- | `connection_string` | `user:password` of a URL; the password or key of a list such as `Server=...;Password=...;` |
---
--- Words beside a number are those of its line, of the key or name it is assigned to, and, in text that is a table
--- with a header, of its column. What overlaps is one finding: the longest, then the most specific.
local core = require "tideway.core.pii"
require "tideway.kernel"
require "tideway.dataset"

local M = {}

--- What to find.
---@class tideway.pii.FindOptions
---@field kinds? string[]|string Which kinds. Default all.
---@field public_only? boolean Only IP addresses that can be reached from everywhere. Default true.
---@field allow? string[]|string Values to leave, in any case; one that begins with `@` is a domain and all below.
---@field patterns? table<string, string> Kinds of your own: regular expressions (RE2, on bytes) by name.

--- What to find, and what to put in its place.
---@class tideway.pii.RedactOptions : tideway.pii.FindOptions
---@field mode? string `"tag"`, `"fake"` or `"hash"`. Default `"tag"`.
---@field key? tideway.Secret|string What `hash` needs, and `fake` may have: a secret, best from `tw.env`.
---@field seed? integer Another one gives other fakes; not used with a key. Default 0.

--- Returns a function that takes personal data and secrets out.
---
--- What stands in the place of a value depends on the mode. `tag`: its kind, `<EMAIL>`. `hash`: its kind and the first
--- 64 bits of its HMAC-SHA256 under the key, `<EMAIL_9f86d081884c7d65>`, equal for equal values. `fake`: an invented
--- value of the same kind, the same one for the same value: addresses at `example.com`, IP addresses of the
--- documentation ranges, cards with a wrong check digit, phone numbers kept for fiction, secrets that begin with
--- `FAKE`; for patterns of your own, what `hash` gives.
---
--- Redacting what was redacted changes nothing. Nothing that is put in holds a quote, a backslash or a line's end, so
--- code still parses. Receipts count what was taken out under `changed`, by kind.
---
--- Serves columns of type `string` and `large_string`; another type is an error of kind `usage` when the plan is made.
--- Nulls stay null.
---
--- ```lua
--- rows:map("content", tw.pii.redact { mode = "hash", key = tw.env "PII_KEY" })
--- tw.pii.redact { patterns = { ticket = "TCK-[0-9]{6}" } }("see TCK-104822")  --> see <TICKET>
--- tw.pii.redact { allow = "@example.com" }("a@example.com")                   --> a@example.com
--- ```
---@param options? tideway.pii.RedactOptions An unknown option or kind is an error of kind `usage`.
---@return tideway.Kernel redact Takes a string, or a column through `map`.
function M.redact(options) return core.redact(options) end

--- Something found: its kind, and bytes from `start`, the first being 0, up to but without `stop`.
---@class tideway.pii.Finding
---@field kind string
---@field start integer
---@field stop integer

--- Returns a function that turns a column of texts into lists of what is where in each.
---
--- The type out is `list<struct<kind: string, start: int64, stop: int64>>`, in the order of places. Values are never in
--- it. Nulls stay null.
---
--- ```lua
--- rows:map("content", tw.pii.findings { kinds = { "secret", "api_key" } })
--- ```
---@param options? tideway.pii.FindOptions
---@return tideway.Kernel findings
function M.findings(options) return core.findings(options) end

--- Tells what is where in one text.
---
--- ```lua
--- for _, found in ipairs(tw.pii.find "ring +44 20 7946 0018") do
---   print(found.kind, found.start, found.stop) --> phone 5 21
--- end
--- ```
---@param text string
---@param options? tideway.pii.FindOptions
---@return tideway.pii.Finding[]
function M.find(text, options) return core.findings(options)(text) end

--- What to report.
---@class tideway.pii.ReportOptions : tideway.pii.FindOptions
---@field column? string The column of texts. Default `"content"`.
---@field file? string The column that names each. Default `"path"`.

--- Makes a dataset with a row for each finding: `file`, `kind`, `start`, `stop`.
---
--- Count it by `group_by`, write it as JSON lines; values are never in it. Columns that are not there are errors of
--- kind `usage`.
---
--- ```lua
--- local report = tw.pii.report(rows)
--- report:write_jsonl "out/pii.jsonl"
--- report:group_by("kind", { n = "count" }):print()
--- ```
---@param rows tideway.Dataset
---@param options? tideway.pii.ReportOptions
---@return tideway.Dataset
function M.report(rows, options) return core.report(rows, options) end

--- Lists the names of all kinds, the most specific first.
---@return string[]
function M.kinds() return core.kinds() end

return M
