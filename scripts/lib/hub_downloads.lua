-- Downloads of datasets from the Hub, held to a rate, tried again, and done now or by a queue.
--
--   local hub_downloads = require "lib.hub_downloads"
--   local hub = hub_downloads.new { rate_limit = { tokens_per_second = 2, max_tokens = 5 } }
--   hub:connect()
--   local got = hub:download_dataset { dataset_id = "acme/reviews", subset = "fr", split = "train" }
--   print(got.folder, #got.files)
--   hub:close()
--
-- With a queue, `wait = false` gives the id of the request at once, and `hub.queue:result(id)` waits for it. What a
-- queue was asked for outlives the process: the next one that connects goes on with it.

local tw = require "tideway"

local M = {}

local Downloads = {}
Downloads.__index = Downloads

-- A value of another kind than here is refused, and so is a name that is not here.
local DEFAULTS = {
  api_key      = false,   -- a token; false: as HF_TOKEN or a login says
  cache_dir    = "",      -- where the cache is; empty: as HF_HUB_CACHE says
  download_dir = "",      -- where the files go, a folder for each dataset; empty: into the cache
  rate_limit   = { tokens_per_second = 2, max_tokens = 5 },
  retry        = { max_retries = 5, base_delay = 1.0, max_delay = 60 },  -- retries after the first try, seconds
  use_queue    = false,
  queue_config = { max_size = 100, num_workers = 2 },
}

local function usage(text, ...) error { kind = "usage", message = "hub_downloads: " .. text:format(...) } end

local function filled(given, defaults, where)
  if type(given) ~= "table" then usage("%s must be a table, not %s", where, type(given)) end
  local all = {}
  for name, default in pairs(defaults) do
    local value = given[name]
    if value == nil then value = default end
    if type(default) == "table" then value = filled(value, default, name) end
    if type(default) == "number" and (type(value) ~= "number" or value < 0) then
      usage("%s.%s must be a number from 0: %s", where, name, tostring(value))
    end
    all[name] = value
  end
  for name in pairs(given) do
    if defaults[name] == nil then usage("unknown setting %s.%s", where, tostring(name)) end
  end
  return all
end

-- Makes one; touches nothing yet.
function M.new(config)
  return setmetatable({ config = filled(config or {}, DEFAULTS, "config") }, Downloads)
end

-- Starts the workers, where there is a queue.
function Downloads:connect()
  if self.limiter then return self end
  local config = self.config
  local rate = config.rate_limit
  self.limiter = tw.limiter.new(("%d/1000s, burst %d"):format(rate.tokens_per_second * 1000, rate.max_tokens))
  if config.use_queue then
    self.queue = tw.queue.open("hub_downloads", { max_size = config.queue_config.max_size })
    self.workers = tw.spawn(function()
      local ok, failure = pcall(self.work, self)
      if ok then return end
      self.failure = failure
      error(failure, 0)
    end)
  end
  return self
end

function Downloads:work()
  local retry = self.config.retry
  self.queue:work {
    handlers    = {
      download = function(job)
        local ok, got = pcall(self.fetch, self, job.payload)
        if ok then return got end
        if not got.retryable then job:reject(tostring(got)) end
        error(got, 0)
      end,
    },
    num_workers = self.config.queue_config.num_workers,
    retry       = { tries = retry.max_retries + 1, base_s = retry.base_delay, cap_s = retry.max_delay },
  }
end

function Downloads:fetch(request)
  local config = self.config
  self.limiter:acquire()
  local repo = tw.hub.dataset(request.dataset_id, {
    token = config.api_key or true,
    cache = config.cache_dir ~= "" and config.cache_dir or nil,
  })
  local got = repo:fetch {
    config = request.subset,
    split  = request.split,
    to     = config.download_dir ~= "" and config.download_dir .. "/" .. request.dataset_id or nil,
  }
  tw.log.info("%s: %d files in %s, %d of them new", request.dataset_id, #got.files, got.folder, got.fetched_files)
  return got
end

-- Tries again what may succeed later, after ever longer random times.
function Downloads:fetch_patiently(request)
  local retry = self.config.retry
  for try = 0, retry.max_retries do
    local ok, got = pcall(self.fetch, self, request)
    if ok then return got end
    if not got.retryable or try == retry.max_retries then error(got, 0) end
    local wait = math.random() * math.min(retry.max_delay, retry.base_delay * 2 ^ try)
    tw.log.warn("%s: %s; try %d of %d, again in %.1f s", request.dataset_id, tostring(got), try + 1,
      retry.max_retries + 1, wait)
    tw.sleep(wait)
  end
end

-- As `queue:result(id)`, but where the workers have failed their error is raised: nobody else may ever do the job.
function Downloads:result(id)
  while true do
    local got, why, reason = self.queue:result(id, 1)
    if self.failure then error(self.failure, 0) end
    if why ~= "timeout" then return got, why, reason end
  end
end

-- Returns what was fetched: `folder`, `commit`, `files`. With `wait = false`, which needs a queue, the id of the
-- request; `nil, "full"` where the queue has no room.
function Downloads:download_dataset(request)
  if not self.limiter then usage "not connected: call connect() first" end
  if type(request.dataset_id) ~= "string" then usage "download_dataset needs a dataset_id" end
  local wanted = { dataset_id = request.dataset_id, subset = request.subset, split = request.split }
  if not self.queue then
    if request.wait == false then usage "wait = false needs use_queue = true" end
    return self:fetch_patiently(wanted)
  end
  local id, full = self.queue:push("download", wanted)
  if request.wait == false or not id then return id, full end
  local got, why, reason = self:result(id)
  if got then return got end
  error { kind = "data", message = ("hub_downloads: %s: %s"):format(request.dataset_id, reason or why) }
end

-- Lets what is under way end. What the queue still holds stays for the next who connects.
function Downloads:close()
  if self.workers then
    self.queue:stop()
    self.workers:wait()
  end
  self.limiter, self.queue, self.workers = nil, nil, nil
end

return M
