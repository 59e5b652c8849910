-- A connector of your own: four functions, in lib/connectors/tickets.lua. Pages, a rate, retries, a pool of
-- connections and the checks of its options come for free.
--
--> 3 open
--> 1	No water
--> 4	Brown water
--> 3	Pothole
--> tickets: unknown option `tokn`; did you mean `token`?

local fake_desk = require "fake_desk"
local tickets = require "connectors.tickets"
local tw = require "tideway"

return tw.pipeline {
  name = "connector",

  params = { token = tw.env("DESK_TOKEN", "a token") },

  run = function(job)
    local source = tickets {
      url   = "https://desk.example.org",
      token = job.params.token,
      get   = fake_desk.get,         -- without it: tw.http.get
      rate  = "100/s, burst 20",
      retry = { tries = 5, base_s = 1, cap_s = 60 },
      pool  = 2,
    }
    print(source:describe().open .. " open")

    local rows = source:rows { { queue = "water" }, { queue = "roads" } }
    for row in rows:rows() do print(row.id, row.title) end
    source:close()

    local _, problem = pcall(tickets, { url = "https://desk.example.org", tokn = "x" })
    print(problem.message)
  end,
}
