-- Our side of the split bench: three stratified parts of one Parquet file.
local tw = require "tideway"

return tw.pipeline {
  name   = "bench-split",
  params = { input = "", output = "" },
  run    = function(job)
    local rows = tw.dataset.parquet(job.params.input)
    local parts = rows:split { train = 0.8, eval = 0.1, test = 0.1, stratify = "stars", seed = 42 }
    tw.dataset.write_parquet(parts, job.params.output)
  end,
}
