-- Our side of the barriers bench: steps that must see every row before the first can leave.
local tw = require "tideway"

local steps = {
  sort     = function(rows) return rows:sort "id" end,
  distinct = function(rows) return rows:select("text"):distinct() end,
  group_by = function(rows) return rows:group_by("user", { n = "count", total = { sum = "stars" } }) end,
  join     = function(rows, labels) return rows:join(labels, { on = "id", how = "inner" }) end,
}

return tw.pipeline {
  name   = "bench-barriers",
  params = { step = "sort", input = "", labels = "", output = "" },
  run    = function(job)
    local p = job.params
    steps[p.step](tw.dataset.parquet(p.input), tw.dataset.parquet(p.labels)):write_parquet(p.output)
  end,
}
