-- Settings: parameters have defaults and types, and a secret never shows.
--
--> postgresql://…	0.5	[secret]
--> usage	job.params: no parameter `ratoi`; did you mean `ratio`?

local tw = require "tideway"

return tw.pipeline {
  name   = "settings",
  params = {
    database = "postgresql://…",
    ratio    = 0.5,
    token    = tw.env("EXAMPLE_TOKEN", "used when the variable is not set"),
  },

  run = function(job)
    print(job.params.database, job.params.ratio, job.params.token)
    local _, problem = pcall(function() return job.params.ratoi end)
    print(problem.kind, problem.message)
  end,
}
