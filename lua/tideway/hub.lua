--- Publishes datasets as the Hugging Face Hub holds them.
---
--- A dataset is `namespace/name` on the Hub, or a folder that stands for it; Python loads either with
--- `datasets.load_dataset("acme/reviews")` or `load_dataset("out/reviews")`.
---
--- The Hub is found as every client of it finds it: `HF_ENDPOINT` (default `https://huggingface.co`), and a
--- token from `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN`, `HUGGINGFACE_TOKEN`, `HUGGINGFACE_API_KEY` or the file that a
--- login left (`HF_TOKEN_PATH`, else `$HF_HOME/token`). The token is sent to the Hub only, not to the storage
--- behind it.
---
--- ```lua
--- local parts = rows:split { train = 0.8, eval = 0.1, test = 0.1, stratify = "label", seed = 42 }
--- local result = tw.hub.dataset("acme/reviews"):push(parts, { tag = job:version() })
--- if not result.changed then print("nothing new since " .. result.tag) end
--- ```
local core = require "tideway.core.hub"
require "tideway.dataset"

local M = {}

--- How to publish.
---@class tideway.hub.PushOptions
---@field tag? string A name for this version: letters, digits, `.`, `_`, `+`, `-`. Default none.
---@field labels? table<string, string[]|tideway.Labels> Label names by `int64` column that `encode` did not make.
---@field metadata? table More fields for `dataset_metadata.json`, or in place of those it has.
---@field message? string What the commit says. Default "Upload dataset".

--- What one split became.
---@class tideway.hub.PushedSplit
---@field rows integer
---@field bytes integer Of the rows in memory: what the card calls num_bytes.
---@field files integer

--- What a push did.
---@class tideway.hub.PushResult
---@field changed boolean False when the repository held just this already: no commit, no tag.
---@field commit string The version that readers see now.
---@field tag? string The tag of that version.
---@field splits table<string, tideway.hub.PushedSplit>
---@field download_size integer Bytes of the data files.
---@field dataset_size integer Bytes of the rows in memory.

--- A version with a name.
---@class tideway.hub.Tag
---@field name string
---@field commit string

--- A dataset repository. Made by `tw.hub.dataset`.
---@class tideway.hub.Repository
local Repository = {}

local function label_names(labels)
  if type(labels) ~= "table" then return labels end
  local names = {}
  for column, given in pairs(labels) do
    local makes_names = type(given) == "table" and #given == 0 and given.names
    names[column] = makes_names and given:names() or given
  end
  return names
end

--- Publishes the parts of a dataset, each a split, in one step: readers see the version before or
--- this one.
---
--- Writes `data/<split>-00000-of-00001.parquet` (more files for splits beyond 500 MB), the facts that
--- readers need in the front matter of `README.md`, and `dataset_metadata.json` (`dataset_name`,
--- `version_tag`, `created_at`, `num_samples`, `splits`, and `metadata`). Data files of an earlier push
--- that are not part of this one go; the text and all other keys of the README stay as they are, byte
--- for byte. All parts run at once.
---
--- When data and card are what the repository holds already, nothing is published and no tag is made.
--- A tag is never moved or given twice.
--- What a push replaces stays in the history; Python loads an old version with
--- `load_dataset("acme/reviews", revision = tag)`, or from `<folder>/.tideway-repo/tags/<tag>`.
---
--- On the Hub a repository that does not exist is made, private. Large files go first, several at once; what
--- the Hub holds already is not sent again, so that a push that was interrupted goes on where it stopped. Then
--- one commit publishes all. When another one came first, the card is merged again and the commit repeated, up
--- to eight times; an answer that gets lost is looked for in the history, so that there is one commit and not
--- two. A tag is made after the commit.
---
--- Raises: `usage` (split names, tag, labels), `data` (parts with different columns, a label out of
--- range, a README whose front matter cannot be split with certainty), `conflict` (the tag is taken; a
--- file of somebody else has the name of a split's file), `auth` (no token, or one that may not write),
--- `network`, `timeout`, `io`, `disk_full`, and what the plans raise.
---
--- ```lua
--- repo:push({ train = train, test = test }, {
---   tag = "v20260801_030000",
---   labels = { label = { "negative", "neutral", "positive" } },
---   metadata = { author = "the annotation team" },
--- })
--- ```
---@param parts table<string, tideway.Dataset> By split name: at most 100 letters, digits and `_`, in
--- words joined by `.`.
---@param options? tideway.hub.PushOptions
---@return tideway.hub.PushResult
function Repository:push(parts, options)
  if type(options) == "table" and options.labels then
    local copy = {}
    for name, value in pairs(options) do copy[name] = value end
    copy.labels = label_names(options.labels)
    options = copy
  end
  return core.push(self, parts, options)
end

--- Lists the tags, by name.
---
--- ```lua
--- for _, tag in ipairs(repo:tags()) do print(tag.name, tag.commit) end
--- ```
---@return tideway.hub.Tag[]
function Repository:tags() return core.tags(self) end

--- Returns the URI that the repository was opened with.
---@return string
function Repository:uri() return core.uri(self) end

function Repository:__tostring() return "tideway.hub.Repository: " .. core.uri(self) end

core.class("tideway.hub.Repository", Repository)

--- Opens a dataset repository. Touches nothing yet.
---
--- `namespace/name` and `hf://datasets/namespace/name` are datasets on the Hub. `file:out/reviews` and
--- `file:///abs/path` are folders, which need not exist; they need a file system with symbolic links. Any other
--- URI is an error of kind `usage`, and so is a variable of the Hub that makes no sense.
---
--- ```lua
--- local repo = tw.hub.dataset("acme/reviews")
--- local try_out = tw.hub.dataset("file:out/reviews")
--- ```
---@param uri string
---@return tideway.hub.Repository
function M.dataset(uri) return core.open(uri) end

return M
