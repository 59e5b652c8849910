--- JSON that comes out as it went in: key order, `1.0`, empty arrays, big integers, null.
---
--- What `decode` returns are plain tables that remember their key order and which numbers were
--- floats; `encode` writes both back. Keys that a script adds follow sorted, so that equal tables
--- give equal texts.
---
--- ```lua
--- local config = tw.json.decode '{"b": 1.0, "a": []}'
--- config.c = true
--- print(tw.json.encode(config))   --> {"b":1.0,"a":[],"c":true}
--- ```
local core = require "tideway.core.json"
local errors = require "tideway.core.errors"
local values = require "tideway.core.values"

local M = {}

---@class tideway.JsonOptions
---@field indent integer? Spaces for each level, 0 to 16. Default: all on one line.

--- Reads a JSON text. Null is `tw.null`.
---
--- Raises an error of kind data that names line and column.
---@param text string
---@return any
function M.decode(text) return core.decode(text) end

--- Writes a value as JSON.
---
--- A table with list entries is an array, any other an object; `{}` is an object, `tw.array {}` an
--- array. Raises an error of kind usage, with the path to the value, for functions, NaN, infinity,
--- tables with list and named entries, and cycles; of kind data for texts that are not UTF-8.
---@param value any
---@param options? tideway.JsonOptions
---@return string
function M.encode(value, options)
  local indent
  for key, option in pairs(options or {}) do
    if key ~= "indent" then
      errors.raise("usage", "json.encode: unknown option `" .. tostring(key) .. "`"
        .. errors.did_you_mean(tostring(key), { "indent" }))
    end
    indent = option
  end
  return core.encode(value, indent)
end

--- Gives the keys of an object in order: as in its JSON text or its row, then the others sorted.
---@param object table
---@return string[]
function M.keys(object)
  local keys, rest, seen = {}, {}, {}
  for _, key in ipairs(values.order(object) or {}) do
    if object[key] ~= nil then
      keys[#keys + 1], seen[key] = key, true
    end
  end
  for key in pairs(object) do
    if type(key) == "string" and not seen[key] then rest[#rest + 1] = key end
  end
  table.sort(rest)
  for _, key in ipairs(rest) do keys[#keys + 1] = key end
  return keys
end

--- Goes through an object in the order of `keys`: `for key, value in tw.json.pairs(object) do`.
---@param object table
---@return fun(): string?, any
function M.pairs(object)
  local keys, i = M.keys(object), 0
  return function()
    i = i + 1
    return keys[i], object[keys[i]]
  end
end

return M
