-- Labels from a service, and what to do when it cannot be reached: errors have a kind.
--
--> network
--> water	roads

local tw = require "tideway"

return tw.pipeline {
  name = "http",

  params = { service = "http://127.0.0.1:9/labels" },

  run = function(job)
    local labels = { "water", "roads" }
    local ok, answer = pcall(tw.http.get, job.params.service, { query = { lang = "en" }, retry = { tries = 1 } })
    if ok then
      labels = answer:json().labels
    else
      print(answer.kind)
    end
    print(labels[1], labels[2])
  end,
}
