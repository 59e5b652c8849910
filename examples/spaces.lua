-- Has a Space train with new data: gives it a setting, restarts it, and waits until it runs.
--
--   tideway run examples/spaces.lua -p space=namespace/name      with HF_TOKEN of its owner

local tw = require "tideway"

return tw.pipeline {
  name = "spaces",
  params = { space = "", data = "acme/reviews" },
  run = function(job)
    if job.params.space == "" then return print "name a Space of yours: -p space=namespace/name" end
    local space = tw.hub.space(job.params.space)
    space:set_variable("TRAIN_WITH", job.params.data)
    space:restart()
    print("runs on " .. space:wait("RUNNING", { timeout = 900 }).hardware)
  end,
}

--> name a Space of yours: -p space=namespace/name
