-- Our side of the decode bench: Parquet to Parquet.
local tw = require "tideway"

return tw.pipeline {
  name   = "bench-decode",
  params = { input = "", output = "" },
  run    = function(job)
    tw.dataset.parquet(job.params.input)
      :map("content", tw.text.decode { on_unknown = "replace" })
      :write_parquet(job.params.output)
  end,
}
