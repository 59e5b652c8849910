--- Publishes datasets as the Hugging Face Hub holds them, reads their splits, and minds its Spaces and webhooks.
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
local core_space = require "tideway.core.hub_space"
local core_webhook = require "tideway.core.hub_webhook"
local errors = require "tideway.core.errors"
local json = require "tideway.json"
require "tideway.dataset"

local M = {}

--- How to publish.
---@class tideway.hub.PushOptions
---@field config? string One of several configurations in the repository: letters, digits, `.`, `_`, `-`; not "data".
--- Default "default".
---@field set_default? boolean Readers who name no configuration get this one. Default false: as the card says.
---@field tag? string A name for this version: letters, digits, `.`, `_`, `+`, `-`. Default none.
---@field labels? table<string, string[]|tideway.Labels> Label names by `int64` column that `encode` did not make.
---@field metadata? table More fields for `dataset_metadata.json`, or in place of those it has.
---@field message? string What the commit says. Default "Upload dataset".
---@field visibility? "private"|"public" Of a repository on the Hub that the push makes. Default "private".
---@field restart? string|string[] Spaces (`namespace/name`) to restart after a push that changed something.

--- What one split became.
---@class tideway.hub.PushedSplit
---@field rows integer
---@field bytes integer Of the rows in memory: what the card calls num_bytes.
---@field files integer

--- What a push did.
---@class tideway.hub.PushResult
---@field changed boolean False when the repository held just this already: no commit, no tag. True for a check.
---@field commit string The version that readers see now.
---@field tag? string The tag of that version.
---@field splits table<string, tideway.hub.PushedSplit>
---@field download_size integer Bytes of the data files.
---@field dataset_size integer Bytes of the rows in memory.
---@field restarted string[] The Spaces that were restarted.

--- A version with a name.
---@class tideway.hub.Tag
---@field name string
---@field commit string

--- What of a split to read.
---@class tideway.hub.ReadOptions
---@field config? string Default the only configuration, or the one that the card makes the default.
---@field revision? string A tag, a branch or a commit. Default what readers see now.
---@field columns? string[] Only these, in this order. Default all.
---@field parquet? boolean Read what the Hub has converted to Parquet, not the repository's own files. Default false.

--- A split of a configuration.
---@class tideway.hub.ConfigSplit
---@field name string
---@field files string[] Paths in the repository, in the order in which they are read.

--- A configuration (the Hub says subset) of a dataset.
---@class tideway.hub.Config
---@field name string "default" where the card names none.
---@field default boolean Whether it is read when none is named.
---@field splits tideway.hub.ConfigSplit[]
---@field problem? string Why its files cannot be told.

--- How to open a repository.
---@class tideway.hub.DatasetOptions
---@field token? boolean|string|tideway.Secret False asks the Hub as nobody, whatever token there is; a text is the
--- token itself. Default true: the one that the environment or a login names.
---@field cache? string The folder of the cache. Default `HF_HUB_CACHE`, else `hub` in `HF_HOME`.

--- Where a branch begins.
---@class tideway.hub.BranchOptions
---@field from? string A branch, a tag or a commit. Default "main".

--- Which files are fetched.
---@class tideway.hub.FetchOptions
---@field config? string Only the files of this configuration; with `split` default the only one, or the card's default.
---@field split? string Only the files of this split.
---@field revision? string A branch, a tag or a commit. Default "main".
---@field include? string[] Patterns as of the shell, in which `*` stands for `/` too. Default: all files.
---@field exclude? string[] Patterns of files to leave out.
---@field to? string A folder for the files, as they are; default: the cache.

--- What was fetched.
---@class tideway.hub.Fetched
---@field folder string Where the files are.
---@field commit string 40 hex digits.
---@field files string[] Paths below the folder.
---@field fetched_files integer Those that were not there before.
---@field fetched_bytes integer

--- What of a dataset to ask the viewer about.
---@class tideway.hub.ViewerOptions
---@field config? string Default all of them.
---@field split? string Of `config`. Default all of them.

--- What the viewer says.
---@class tideway.hub.ViewerAnswer
---@field data table The answer, as https://huggingface.co/docs/dataset-viewer describes it.
---@field revision? string The commit that it was computed of.
---@field stale boolean Whether that is no longer what readers see: after a push the viewer needs some minutes.

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
--- A repository holds several data sets when each is a configuration (the Hub says subset): `config = "en"` writes
--- `en/<split>-00000-of-00001.parquet`, `en/dataset_metadata.json` and the entry `en` of the card, as Python's
--- `push_to_hub(name, "en")` does, and touches no other configuration. Python loads it with
--- `load_dataset("acme/reviews", "en")`, and `repo:read("train", { config = "en" })` does here. `set_default` moves the
--- card's `default: true` to it; one that the configuration has stays.
---
--- When data and card are what the repository holds already, nothing is published; the tag is given where that version
--- has none yet, as when a push was interrupted before it.
--- A tag is never moved or given twice.
--- What a push replaces stays in the history; Python loads an old version with
--- `load_dataset("acme/reviews", revision = tag)`, or from `<folder>/.tideway-repo/tags/<tag>`.
---
--- On the Hub a repository that does not exist is made, private unless `visibility` says otherwise. The Hub looks at
--- the README before anything is committed: what it refuses is an error of kind `data`. Large files go first, each
--- while the next is written, and are removed when they are there, so that a push needs the disk of two shards. What
--- the Hub holds already is not sent again, so that a push that was interrupted goes on where it stopped, within a
--- file where the Hub takes it in parts: their addresses are noted for a day in `$HF_HOME/tideway/uploads`, for the
--- user alone.
--- Then one commit publishes all. When another one came first, the card is merged again and the commit repeated, up
--- to eight times; an answer that gets lost is looked for in the history, so that there is one commit and not
--- two. What the Hub lists then is compared with what was sent, and a tag is made.
---
--- A repository that exists is not changed: where it is not as `visibility` says, the log warns. A Space of `restart`
--- that cannot be restarted is a warning too, for the data is published.
---
--- Raises: `usage` (names of splits, tag and configuration, labels), `data` (parts with different columns, a label
--- out of range, a README whose front matter cannot be split with certainty), `conflict` (the tag is taken; two
--- configurations would be the default; a file of somebody else has the name of a split's file), `auth` (no token, or
--- one that may not write), `network`, `timeout`, `io`, `disk_full`, and what the plans raise.
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

--- Reads a split, as `datasets.load_dataset` finds its files.
---
--- The card's `configs` tell which files are which split; else names such as `data/train-00000-of-00001.parquet`;
--- else words such as `train`, `dev`, `validation`, `test` and `eval` in names of folders, then of files; else all
--- files are the split "train". Parquet, CSV, TSV, JSON lines, text and Arrow files are read, also with gzip or zstd
--- where `tw.dataset` reads that. Files of another format are taken from what the Hub has converted to Parquet
--- (`refs/convert/parquet`), if it has, no `revision` is asked for and the repository has no Parquet.
---
--- The repository is asked now, while other tasks go on; the rows come when a plan runs. All files are of one
--- commit, which receipts name. Of Parquet on the Hub only the columns and row groups that are needed are fetched.
--- Offline, and where the Hub cannot be reached, the cache is read. Columns that the card declares as class labels
--- have their names; texts in them become numbers.
---
--- Raises: `usage` (several splits, or configurations without a default, and none named: the message lists them),
--- `not_found` (no such repository, revision, configuration or split), `data` (a card that makes no sense, no data
--- files, files or reader parameters of a kind that is not read), `auth`, `network`, `timeout`.
---
--- ```lua
--- local repo = tw.hub.dataset("acme/reviews")
--- local train = repo:read("train", { columns = { "text", "label" } })
--- local french = repo:read("test", { config = "fr", revision = "v20260801_030000" })
--- ```
---@param split? string Default the only one.
---@param options? tideway.hub.ReadOptions
---@return tideway.Dataset
function Repository:read(split, options) return core.read(self, split, options) end

-- The files of one configuration, or of one split of it.
local function files_of(repo, config, split, revision)
  local configs, names, chosen = repo:configs(revision), {}, nil
  for _, one in ipairs(configs) do
    names[#names + 1] = one.name
    local is_meant = config == one.name or (config == nil and (one.default or #configs == 1))
    if is_meant then chosen = chosen or one end
  end
  if not chosen then
    local what = config and "no configuration `" .. config .. "`" or "several configurations"
    errors.raise(config and "not_found" or "usage",
      ("hub.fetch: %s of %s; there are: %s"):format(what, repo:uri(), table.concat(names, ", ")))
  end
  local files, splits = {}, {}
  for _, one in ipairs(chosen.splits) do
    splits[#splits + 1] = one.name
    if split == nil or split == one.name then
      for _, file in ipairs(one.files) do files[#files + 1] = file end
    end
  end
  if #files > 0 then return files end
  errors.raise("not_found", ("hub.fetch: no split `%s` of %s, configuration %s; there are: %s"):format(
    tostring(split), repo:uri(), chosen.name, table.concat(splits, ", ")))
end

--- Fetches files as they are, into the cache that Python's clients share or into a folder, and tells where they are.
---
--- Every byte is checked by its hash; what broke off goes on where it stopped, in another process too; what is there
--- already is not fetched again. A check fetches nothing, and notes how many files would come.
---
--- Raises `usage` for a repository that is a folder, `not_found` for a configuration or split that is not there, and
--- what `read` raises for the repository.
---
--- ```lua
--- local got = repo:fetch { config = "fr", split = "test" }
--- print(got.folder, #got.files)
--- repo:fetch { to = "reviews", include = { "*.parquet" } }
--- ```
---@param options? tideway.hub.FetchOptions
---@return tideway.hub.Fetched
function Repository:fetch(options)
  options = options or {}
  if options.config == nil and options.split == nil then return core.fetch(self, options) end
  local request = {}
  for name, value in pairs(options) do request[name] = value end
  request.config, request.split = nil, nil
  request.files = files_of(self, options.config, options.split, options.revision)
  return core.fetch(self, request)
end

--- Lists the configurations and their splits, with their files, in the order of the card.
---
--- Raises what `read` raises for the repository and the card.
---
--- ```lua
--- for _, config in ipairs(repo:configs()) do
---   for _, split in ipairs(config.splits) do print(config.name, split.name, #split.files) end
--- end
--- ```
---@param revision? string A tag, a branch or a commit. Default what readers see now.
---@return tideway.hub.Config[]
function Repository:configs(revision) return core.configs(self, revision) end

--- Lists the tags, by name.
---
--- ```lua
--- for _, tag in ipairs(repo:tags()) do print(tag.name, tag.commit) end
--- ```
---@return tideway.hub.Tag[]
function Repository:tags() return core.tags(self) end

--- Makes a branch of a repository on the Hub, and returns the commit at which it begins.
---
--- An answer that gets lost is looked for. Raises `conflict` where a branch of that name is at another commit,
--- `not_found` (`from`), `usage` (what is no name; a folder, which has no branches), `auth`, `network`, `timeout`.
---
--- ```lua
--- repo:branch("try-out", { from = "v20260801_030000" })
--- ```
---@param name string Letters, digits, `.`, `_`, `+`, `-`, with `/` between parts.
---@param options? tideway.hub.BranchOptions
---@return string commit
function Repository:branch(name, options) return core.branch(self, name, options) end

--- Takes a branch of a repository on the Hub away, with the commits that only it has.
---
--- Raises `not_found`, `usage` (`main`, which stays; a folder), `auth`, `network`, `timeout`.
---@param name string
function Repository:delete_branch(name) core.delete_branch(self, name) end

--- Asks the Hub's dataset viewer: "size", "statistics" (of a split), "parquet", "splits" or "is-valid".
---
--- What is not computed yet is asked for again for about five minutes, then it is an error of kind `timeout`. Servers
--- other than the Hub have no viewer: with another `HF_ENDPOINT` nobody is asked, unless `HF_DATASETS_SERVER` is the
--- address of one. Raises `usage` for that, and for a folder; `not_found`, `network`, `data`.
---
--- ```lua
--- local size = repo:viewer("size", { config = "default", split = "train" })
--- if not size.stale then print(size.data.size.split.num_rows) end
--- ```
---@param what "size"|"statistics"|"parquet"|"splits"|"is-valid"
---@param options? tideway.hub.ViewerOptions
---@return tideway.hub.ViewerAnswer
function Repository:viewer(what, options)
  local answer = core.viewer(self, what, options)
  return { data = json.decode(answer.json), revision = answer.revision, stale = answer.stale }
end

--- Returns the URI that the repository was opened with.
---@return string
function Repository:uri() return core.uri(self) end

function Repository:__tostring() return "tideway.hub.Repository: " .. core.uri(self) end

core.class("tideway.hub.Repository", Repository)

--- What a Space is at.
---@class tideway.hub.SpaceRuntime
---@field stage string "RUNNING", "BUILDING", "PAUSED", "BUILD_ERROR", ...: a word of the Hub's.
---@field hardware? string Such as "cpu-basic"; nil while it runs on none.
---@field requested_hardware? string That it gets at its next start.
---@field error? string What the Hub says of a failure.

--- How to restart a Space.
---@class tideway.hub.RestartOptions
---@field factory? boolean Build it anew, without what earlier builds left. Default false.

--- How to wait for a Space.
---@class tideway.hub.WaitOptions
---@field timeout? number Seconds until the wait is an error of kind `timeout`. Default 600; at most a week.

--- A Space: an app that the Hub runs. Made by `tw.hub.space`.
---
--- All methods that ask the Hub raise `not_found` (there is no such Space, or the token may not see it), `auth` (no
--- token, a wrong one, or one whose owner may not do it), `network` and `timeout`. What changes a Space is repeated
--- when the connection breaks; `tideway check` changes nothing, and looks whether the Space is there.
---@class tideway.hub.Space
local Space = {}

--- Pauses the Space: it stops, costs nothing, and stays so until it is restarted.
---
--- Only its owner may. Raises `usage` for a static Space, which runs no program.
---@return tideway.hub.SpaceRuntime
function Space:pause() return core_space.pause(self) end

--- Restarts the Space, also one that is paused. Does not wait until it runs.
---
--- ```lua
--- space:restart()
--- space:wait("RUNNING", { timeout = 900 })
--- ```
---@param options? tideway.hub.RestartOptions
---@return tideway.hub.SpaceRuntime
function Space:restart(options) return core_space.restart(self, options) end

--- Tells the stage and the hardware of the Space.
---@return tideway.hub.SpaceRuntime
function Space:runtime() return core_space.runtime(self) end

--- Waits until the Space is in a stage.
---
--- Looks after 2 seconds, then after longer and longer times, 15 seconds at most. Just after a change by this object
--- the Hub may still tell the stage before; it counts once it stays. Raises `network` as soon as the Space is in a
--- stage that nothing but a change leads out of (`NO_APP_FILE`, `CONFIG_ERROR`, `BUILD_ERROR`, `RUNTIME_ERROR`,
--- `DELETING`, and, unless one of them is waited for, `PAUSED`, `STOPPED`, `SLEEPING`); `timeout`; `usage` for what is
--- no stage.
---@param stage? string Default "RUNNING".
---@param options? tideway.hub.WaitOptions
---@return tideway.hub.SpaceRuntime
function Space:wait(stage, options) return core_space.wait(self, stage, options) end

--- Sets a secret of the Space, which its program sees as an environment variable. The Hub restarts it.
---
--- The value can be set and not read; it is in no log, error or receipt.
---@param key string Letters, digits and `_`, beginning with a letter.
---@param value string|tideway.Secret UTF-8.
function Space:set_secret(key, value) core_space.set_secret(self, key, value) end

--- Deletes a secret of the Space. One that is not there is no error.
---@param key string
function Space:delete_secret(key) core_space.delete_secret(self, key) end

--- Gives the variables of the Space, which everybody who sees it can read.
---@return table<string, string> values By key.
function Space:variables() return core_space.variables(self) end

--- Sets a variable of the Space, which its program sees as an environment variable. The Hub restarts it.
---@param key string Letters, digits and `_`, beginning with a letter.
---@param value string UTF-8; no secret.
function Space:set_variable(key, value) core_space.set_variable(self, key, value) end

--- Deletes a variable of the Space. One that is not there is no error.
---@param key string
function Space:delete_variable(key) core_space.delete_variable(self, key) end

--- Returns `namespace/name`.
---@return string
function Space:id() return core_space.id(self) end

function Space:__tostring() return "tideway.hub.Space: " .. core_space.id(self) end

core_space.class("tideway.hub.Space", Space)

--- Something that a webhook watches.
---@class tideway.hub.Watched
---@field type? string "dataset" (default), "model", "space", "bucket", "user" or "org".
---@field name string `namespace/name`; the name alone of a user or an org.

--- What a new webhook is.
---@class tideway.hub.WebhookOptions
---@field url string|tideway.Secret What the Hub calls.
---@field watched tideway.hub.Watched[]
---@field domains? string[] "repo", "discussion". Default both.
---@field secret? string|tideway.Secret Sent as `X-Webhook-Secret`: printable ASCII. Default none.

--- A webhook: an address that the Hub calls when something changes.
---@class tideway.hub.Webhook
---@field id string
---@field url string
---@field watched tideway.hub.Watched[]
---@field domains string[]
---@field disabled boolean

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
---@param options? tideway.hub.DatasetOptions
---@return tideway.hub.Repository
function M.dataset(uri, options) return core.open(uri, options) end

--- What a model is asked.
---@class tideway.hub.Question
---@field question string UTF-8.
---@field context string The text that has the answer; UTF-8.
---@field model? string A model for question answering. Default "deepset/roberta-base-squad2".

--- What it answers.
---@class tideway.hub.Answer
---@field answer string A part of the context.
---@field score number From 0 to 1.
---@field start integer Characters of the context before the answer.
---@field stop integer Characters of the context up to its end.

--- Has a model of the Hub's inference service answer a question about a text.
---
--- While the model is loaded, for as long as the service says, it is asked again. Servers other than the Hub have no
--- such service: with another `HF_ENDPOINT` nobody is asked, unless `HF_INFERENCE_ENDPOINT` is the address of one.
--- `tideway check` asks too. Raises `usage` (that; texts that the model does not take), `auth` (a token without the
--- permission "Inference Providers"; credits that are used up), `not_found` (a model that is not served), `timeout`,
--- `network`, `data`.
---
--- ```lua
--- local found = tw.hub.answer { question = "Which street?", context = complaint.text }
--- if found.score > 0.5 then print(found.answer) end
--- ```
---@param options tideway.hub.Question An unknown option is an error of kind `usage`.
---@return tideway.hub.Answer
function M.answer(options) return core.answer(options) end

--- Opens a Space on the Hub. Touches nothing yet.
---
--- ```lua
--- tw.hub.space("acme/trainer"):restart { factory = true }
--- ```
---@param id string|tideway.Secret `namespace/name`, or `hf://spaces/namespace/name`; else an error of kind `usage`.
---@return tideway.hub.Space
function M.space(id) return core_space.open(id) end

--- Lists the webhooks of the token's owner.
---
--- Raises `auth` (no token, or a wrong one), `network`, `timeout`.
---@return tideway.hub.Webhook[]
function M.webhooks() return core_webhook.list() end

--- Makes a webhook of the token's owner.
---
--- Raises `usage`, `auth`, `network`, `timeout`. Not repeated when the connection breaks, for there might be two.
---
--- ```lua
--- tw.hub.create_webhook {
---   url     = "https://example.org/retrain",
---   watched = { { type = "dataset", name = "acme/reviews" } },
---   secret  = tw.env "WEBHOOK_SECRET",
--- }
--- ```
---@param options tideway.hub.WebhookOptions An unknown option is an error of kind `usage`.
---@return tideway.hub.Webhook
function M.create_webhook(options) return core_webhook.create(options) end

--- Enables a webhook again.
---@param id string
---@return tideway.hub.Webhook
function M.enable_webhook(id) return core_webhook.enable(id) end

--- Disables a webhook: the Hub calls it no more until it is enabled.
---@param id string
---@return tideway.hub.Webhook
function M.disable_webhook(id) return core_webhook.disable(id) end

--- Deletes a webhook.
---
--- Raises `not_found` when there is none of that id.
---@param id string
function M.delete_webhook(id) core_webhook.delete(id) end

return M
