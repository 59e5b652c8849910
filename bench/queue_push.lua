-- Pushes the jobs of bench/queue_work.py, together or one by one.
local tw = require "tideway"

return tw.pipeline {
  name = "queue_push",
  params = { jobs = 1000, together = true },

  run = function(job)
    local queue, payloads = tw.queue.open("bench", { max_size = 1000000 }), {}
    for n = 1, job.params.jobs do payloads[n] = { a = n, b = 1 } end
    if job.params.together then
      queue:push_all("add", payloads)
    else
      for _, payload in ipairs(payloads) do queue:push("add", payload) end
    end
  end,
}
