-- Our side of the near_dedup bench.
local tw = require "tideway"

return tw.pipeline {
  name   = "bench-near-dedup",
  params = { input = "", output = "" },
  run    = function(job)
    local p = job.params
    local rows = tw.dataset.parquet(p.input)
    local found = tw.dedup.near(rows, { column = "content", id = "path", threshold = 0.85, keep = "first" })
    found.kept:write_parquet(p.output)
  end,
}
