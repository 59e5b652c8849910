-- Our side of the formats bench. A read drops every row it has made; the file's ending says the format.
local tw = require "tideway"

local function read(path) return tw.dataset[path:match "%w+$"](path) end

local steps = {
  read = function(rows) rows:filter(tw.col "id":lt(0)):count() end,
  convert = function(rows, output) rows["write_" .. output:match "%w+$"](rows, output) end,
}

return tw.pipeline {
  name   = "bench-formats",
  params = { step = "read", input = "", output = "" },
  run    = function(job) steps[job.params.step](read(job.params.input), job.params.output) end,
}
