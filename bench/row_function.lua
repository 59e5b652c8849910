-- Our side of the row function bench: drop short rows, look up a label, lower-case, count a character.
local tw = require "tideway"

local numbers = {
  ["Municipal Governance & Community Services"]     = 0,
  ["Education, Health & Social Welfare"]            = 1,
  ["Infrastructure, Utilities & Natural Resources"] = 2,
  ["Security & Law Enforcement"]                    = 3,
}

return tw.pipeline {
  name   = "bench-row-function",
  params = { input = "", output = "" },
  run    = function(job)
    tw.dataset.parquet(job.params.input)
      :filter(function(row) return #row.message >= 150 end)
      :map(function(row)
        return {
          label  = numbers[row.department],
          lower  = row.message:lower(),
          commas = row.message:count(","),
        }
      end, { returns = { label = "int64", lower = "string", commas = "int64" } })
      :select { "label", "lower", "commas" }
      :write_parquet(job.params.output)
  end,
}
