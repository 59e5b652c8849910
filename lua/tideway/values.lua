--- Values that plain Lua lacks: null, arrays, integers of 64 bits.
---
--- A number is an integer column's value or a float column's; between +-2^53 both are Lua numbers.
--- Beyond it an int64 is LuaJIT's boxed integer, which prints as `9007199254740993LL`, compares
--- (`==`, `<`) and calculates with numbers, but is no table key.
local core = require "tideway.core.values"

local M = {}

--- The null of columns and JSON: one value that survives in tables.
---
--- It counts as true in a condition: write `if v ~= tw.null`.
---@type userdata
M.null = core.null

--- Marks a table as an array, so that an empty one becomes `[]` in JSON and a list in a column.
---@param list table Changed and returned.
---@return table list
function M.array(list) return core.array(list) end

--- Marks a table as an object whose keys come in the given order, for JSON and columns.
---@param object table Changed and returned.
---@param keys? string[] Keys that are not listed follow sorted.
---@return table object
function M.object(object, keys) return core.object(object, keys) end

--- Gives a 64-bit integer from its text, or checks that a number is whole.
---@param value string|number|integer
---@return integer integer Boxed when beyond +-2^53.
function M.int64(value) return core.int64(value) end

return M
