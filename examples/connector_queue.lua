-- Requests of a connector that wait in a queue: pushed now, fetched by whoever works on it, here or elsewhere.
--
--> 2 tickets
--> 1 tickets
--> 2 done

local fake_desk = require "fake_desk"
local tickets = require "connectors.tickets"
local tw = require "tideway"

local desk = "https://desk.example.org"

return tw.pipeline {
  name = "connector_queue",

  params = { token = tw.env("DESK_TOKEN", "a token") },

  run = function(job)
    local source = tickets { url = desk, token = job.params.token, get = fake_desk.get, queue = "tickets" }
    for _, queue in ipairs { "water", "roads" } do source:push { queue = queue } end
    local counts = source:work(function(rows) print(rows:count() .. " tickets") end,
      { until_empty = true, num_workers = 1 })
    print(counts.done .. " done")
    source:close()
  end,
}
