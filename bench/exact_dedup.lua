-- Our side of the exact_dedup bench.
local tw = require "tideway"

return tw.pipeline {
  name   = "bench-exact-dedup",
  params = { input = "", output = "" },
  run    = function(job)
    local p = job.params
    tw.dedup.exact(tw.dataset.parquet(p.input), { column = "content" }).kept:write_parquet(p.output)
  end,
}
