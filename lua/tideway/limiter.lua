--- Holds calls to a rate, over all tasks of a run, or over all processes of the machine.
---
--- ```lua
--- local limiter = tw.limiter.new "2/s, burst 5"
--- local get = limiter:wrap(tw.http.get)
--- tw.each(urls, function(url) return get(url).status end)
--- ```
local core = require "tideway.core.limiter"

local M = {}

--- How a limiter is made.
---@class tideway.limiter.Options
---@field shared? string All processes of this user and machine that name it share the rate, in the folder
--- `TIDEWAY_LIMITS` (default `/tmp/tideway-<uid>`); default: this one alone.

--- A rate that calls are held to. Made by `tw.limiter.new`.
---
--- As the option `limiter` of `tw.http` it also learns: when a server says that nothing is left for a time, the next
--- turn comes after it, and a try that is repeated takes a turn of its own. Limiters side by side (`{ one, other }`)
--- hold a run to its own rate and all processes of the machine to theirs.
---
--- Turns come in the order in which they are asked for, so that no task waits for ever.
---@class tideway.Limiter
local Limiter = {}

--- Waits for the next turn; other tasks go on meanwhile.
---
--- ```lua
--- for _, url in ipairs(urls) do
---   limiter:acquire()
---   tw.http.get(url)
--- end
--- ```
function Limiter:acquire() core.acquire(self) end

--- Takes a turn if it comes now, and tells whether it did; never waits.
---@return boolean taken
function Limiter:try_acquire() return core.try_acquire(self) end

--- Returns a function that waits for a turn and then calls `fn` with its arguments.
---@generic F: function
---@param fn F
---@return F limited
function Limiter:wrap(fn)
  return function(...)
    core.acquire(self)
    return fn(...)
  end
end

core.class("tideway.Limiter", Limiter)

--- Makes a limiter.
---
--- A rate is `"<count>/<time>"`, where time is `s`, `min`, `h`, `d` or a multiple such as `5min`; after a pause as many
--- calls as `burst` says go at once: `"500/5min, burst 20"`. Raises `usage` for what is no rate.
---
--- ```lua
--- local limiter = tw.limiter.new("100/min", { shared = "api.example.org" })
--- ```
---@param rate string
---@param options? tideway.limiter.Options An unknown option is an error of kind `usage`.
---@return tideway.Limiter limiter
function M.new(rate, options) return core.new(rate, options) end

return M
