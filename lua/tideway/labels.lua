--- The names of a label column and their numbers.
---
--- ```lua
--- local urgency = tw.labels { "NORMAL", "URGENT", "HIGHLY URGENT" }
--- urgency:id "URGENT"   --> 1
--- rows:encode("urgency", urgency, { as = "label" })
--- ```
local errors = require "tideway.core.errors"
local values = require "tideway.core.values"

local M = {}

---@class tideway.Labels
---@field count integer How many there are; their ids are 0 to count - 1.
---@field package list string[]
---@field package ids table<string, integer>
local Labels = { __name = "tideway.Labels" }
Labels.__index = Labels

local function fail(text) errors.raise("usage", "tw.labels: " .. text) end

local function check_name(name)
  if type(name) ~= "string" or name == "" then
    fail("a name must be a text that is not empty, not " .. values.type_name(name))
  end
end

local function from_list(names)
  local ids = {}
  for i, name in ipairs(names) do
    check_name(name)
    if ids[name] then fail("name is given twice: " .. name) end
    ids[name] = i - 1
  end
  return names, ids
end

local function from_map(map)
  local list, ids, count = {}, {}, 0
  for name, id in pairs(map) do
    check_name(name)
    if type(id) ~= "number" or id < 0 or id % 1 ~= 0 then
      fail("id of `" .. name .. "` must be a whole number from 0: " .. tostring(id))
    end
    if list[id + 1] then
      local first, second = list[id + 1], name
      if second < first then first, second = second, first end
      fail(("id %d is given twice: `%s` and `%s`"):format(id, first, second))
    end
    list[id + 1], ids[name], count = name, id, count + 1
  end
  for id = 0, count - 1 do
    if not list[id + 1] then fail(("ids must be 0 to %d: %d is missing"):format(count - 1, id)) end
  end
  return list, ids
end

--- Makes labels from a list of names, numbered from 0 in their order, or from a table of name = id.
---
--- Raises an error of kind usage for a name or id given twice, and for ids with holes.
---@param names string[]|table<string, integer>
---@return tideway.Labels
function M.labels(names)
  if type(names) ~= "table" then
    fail("expects a list of names or a table of name = id, not " .. values.type_name(names))
  end
  local entries = 0
  for _ in pairs(names) do entries = entries + 1 end
  if entries == 0 then fail("at least one name is needed") end
  local list, ids
  if #names > 0 then
    if entries ~= #names then fail("list and name = id are mixed") end
    local copy = {}
    for i, name in ipairs(names) do copy[i] = name end
    list, ids = from_list(copy)
  else
    list, ids = from_map(names)
  end
  return setmetatable({ list = list, ids = ids, count = #list }, Labels)
end

--- Gives the number of a name. Raises an error of kind data, with a suggestion, for another name.
---@param name string
---@return integer
function Labels:id(name)
  local id = self.ids[name]
  if id then return id end
  errors.raise("data", "labels: unknown label: " .. tostring(name)
    .. errors.did_you_mean(tostring(name), self.list))
end

--- Gives the name of a number. Raises an error of kind data for a number that none has.
---@param id integer
---@return string
function Labels:name(id)
  local name = type(id) == "number" and self.list[id + 1]
  if name then return name end
  errors.raise("data", ("labels: no label has the id %s (0 to %d)"):format(tostring(id),
    self.count - 1))
end

--- Tells whether there is such a name.
---@param name string
---@return boolean
function Labels:has(name) return self.ids[name] ~= nil end

--- Gives the names in the order of their numbers.
---@return string[]
function Labels:names()
  local names = {}
  for i, name in ipairs(self.list) do names[i] = name end
  return names
end

function Labels:__tostring() return "tideway.Labels: " .. table.concat(self.list, ", ") end

return M
