-- Waiting never blocks: tasks run side by side, and an error is an object with a kind.
--
--> 1	4	9
--> not_found

local tw = require "tideway"

return tw.pipeline {
  name = "tasks",

  run = function()
    local squares = tw.each({ 1, 2, 3 }, { concurrency = 2 }, function(n)
      tw.sleep(0.001)
      return n * n
    end)
    print(squares[1], squares[2], squares[3])

    local ok, problem = pcall(function()
      return tw.dataset.csv("nowhere.csv"):count()
    end)
    print(ok or problem.kind)
  end,
}
