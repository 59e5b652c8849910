-- Our side of the barriers bench: steps that must see every row before the first can leave.
local tw = require "tideway"

local steps = {
  sort     = function(rows) return rows:sort "id" end,
  distinct = function(rows) return rows:select("text"):distinct() end,
}

return tw.pipeline {
  name   = "bench-barriers",
  params = { step = "sort", input = "", output = "" },
  run    = function(job)
    steps[job.params.step](tw.dataset.parquet(job.params.input)):write_parquet(job.params.output)
  end,
}
