-- Downloads a list of datasets from the Hub, as often as it is scheduled: what is there already is not fetched again.
--
--   HUGGINGFACE_DOWNLOAD_DATASETS='["acme/reviews", {"dataset_id": "acme/books", "subset": "fr", "split": "train"}]' \
--     tideway run hub_download
--
-- The downloads themselves are lib/hub_downloads.lua, for your own scripts too.

local hub_downloads = require "lib.hub_downloads"
local tw = require "tideway"

local function list_of(text)
  local ok, list = pcall(tw.json.decode, text)
  local sound = ok and type(list) == "table"
  for _, one in ipairs(sound and list or {}) do
    sound = sound and (type(one) == "string" or (type(one) == "table" and type(one.dataset_id) == "string"))
  end
  if sound and #list > 0 then return list end
  error {
    kind = "usage",
    message = "HUGGINGFACE_DOWNLOAD_DATASETS is no list of datasets: " .. text,
    hint = 'write JSON: ["acme/reviews", {"dataset_id": "acme/books", "subset": "fr", "split": "train"}]',
  }
end

return tw.pipeline {
  name        = "hub_download",
  description = "datasets of the Hub on this machine",
  schedule    = "0 2 * * *",
  params = {
    datasets     = tw.env("HUGGINGFACE_DOWNLOAD_DATASETS", { secret = false }),
    api_key      = tw.env("HUGGINGFACE_API_KEY", { default = "" }),
    cache_dir    = tw.env("HUGGINGFACE_CACHE_DIR", { secret = false, default = "" }),
    download_dir = tw.env("HUGGINGFACE_DOWNLOAD_DIR", { secret = false, default = "" }),
    at_once      = 2,
  },

  run = function(job)
    local p = job.params
    local hub = hub_downloads.new { api_key = p.api_key, cache_dir = p.cache_dir, download_dir = p.download_dir }
    hub:connect()
    local results = tw.each(list_of(p.datasets), { concurrency = p.at_once }, function(one)
      local request = type(one) == "string" and { dataset_id = one } or one
      local got = hub:download_dataset {
        dataset_id = request.dataset_id,
        subset     = request.subset,
        split      = request.split,
      }
      return { dataset = request.dataset_id, folder = got.folder, commit = got.commit, files = #got.files }
    end)
    hub:close()
    return results
  end,
}
