--- Native column functions, as values: what `tw.text.clean` returns and `map` takes.
---
--- ```lua
--- local clean = tw.text.clean {}
--- rows = rows:map("message", clean)   -- each cell of the column, on every core
--- print(clean "see <b>this</b>")      -- one string, to try it out
--- ```
local core = require "tideway.core.kernel"

--- A native column function. Calling it on a string gives what a column of that one string would
--- get; on `tw.null`, what a null cell would.
---@class tideway.Kernel
---@overload fun(text: string): string
local Kernel = {}

function Kernel:__call(text) return core.call(self, text) end

function Kernel:__tostring() return "tideway.Kernel: " .. core.describe(self) end

core.class("tideway.Kernel", Kernel)

return {}
