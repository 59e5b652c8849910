-- The worker of bench/queue_work.py, whose jobs do nearly nothing.
local tw = require "tideway"

return tw.worker {
  queue = "bench",
  num_workers = 10,
  handlers = { add = function(job) return job.payload.a + job.payload.b end },
}
