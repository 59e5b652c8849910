-- Our side of the tokenise bench: Parquet to Parquet. The tokenizer stands beside the input.
local tw = require "tideway"

return tw.pipeline {
  name   = "bench-tokenise",
  params = { input = "", output = "" },
  run    = function(job)
    local tokenizer = tw.tokens.load(tw.path.join(tw.path.dirname(job.params.input), "tokenizer.json"))
    tw.dataset.parquet(job.params.input, { columns = { "content" } })
      :map("content", tokenizer:ids(), { as = "ids" })
      :select("ids")
      :write_parquet(job.params.output)
  end,
}
