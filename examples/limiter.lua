-- A rate that calls are held to: three at once after a pause, then one a second.
--
--> true	true	true	false
--> asked 1
--> asked 2

local tw = require "tideway"

return tw.pipeline {
  name = "limiter",

  run = function()
    local limiter = tw.limiter.new "1/s, burst 3"
    print(limiter:try_acquire(), limiter:try_acquire(), limiter:try_acquire(), limiter:try_acquire())

    local ask = tw.limiter.new("100/s"):wrap(function(n) print("asked " .. n) end)
    tw.each({ 1, 2 }, ask)
  end,
}
