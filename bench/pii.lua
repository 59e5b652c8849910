-- Our side of the PII bench: all kinds on, Parquet to Parquet.
local tw = require "tideway"

return tw.pipeline {
  name   = "bench-pii",
  params = { input = "", output = "" },
  run    = function(job)
    tw.dataset.parquet(job.params.input)
      :map("content", tw.pii.redact {})
      :write_parquet(job.params.output)
  end,
}
