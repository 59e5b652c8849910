-- Does the jobs of the queue `pages`, until none is left or it is told to end: `tideway worker pages_worker.lua`.
local tw = require "tideway"

return tw.worker {
  queue = "pages",
  num_workers = 8,
  retry = { tries = 3, base_s = 10 },
  handlers = {
    fetch = function(job) return tw.http.get(job.payload.url).status end,
  },
}
