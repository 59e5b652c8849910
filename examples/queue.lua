-- Jobs that are kept in a queue until somebody has done them. What fails is tried again, and in the end kept with its
-- reason.
--
--> 42
--> dead	no words in it
--> 1 dead

local tw = require "tideway"

return tw.pipeline {
  name = "queue",

  run = function()
    local queue = tw.queue.open "texts"
    local good = queue:push("count", { text = ("word "):rep(42) })
    local bad = queue:push("count", { text = "" }, { priority = 1 })

    queue:work {
      num_workers = 2,
      until_empty = true,
      handlers = {
        count = function(job)
          local _, words = job.payload.text:gsub("%a+", "")
          if words == 0 then job:reject "no words in it" end
          return words
        end,
      },
    }

    print(queue:result(good))
    print(select(2, queue:result(bad)))
    print(#queue:list { state = "dead" } .. " dead")
  end,
}
