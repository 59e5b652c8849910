-- Our side of the clean bench: Parquet to Parquet.
local tw = require "tideway"

return tw.pipeline {
  name   = "bench-clean",
  params = { input = "", output = "" },
  run    = function(job)
    tw.dataset.parquet(job.params.input)
      :map("message", tw.text.clean { urls = true, html = true, whitespace = true })
      :write_parquet(job.params.output)
  end,
}
