--- Options that are declared as data: what a connector takes, with types, defaults and a word on each.
---
--- A declaration is a table by name: `{ type = "integer", default = 100, doc = "Records in a page." }`, or with
--- `required = true` instead of a default. Values are checked, and completed, by it.
local env = require "tideway.env"
local env_core = require "tideway.core.env"
local errors = require "tideway.core.errors"
local values = require "tideway.core.values"

local M = {}

local function is_number(value) return type(value) == "number" or env.is_int64(value) end

local function is_integer(value)
  return env.is_int64(value) or type(value) == "number" and value % 1 == 0 and math.abs(value) <= 2 ^ 53
end

-- What a value of each type is, and what messages call it.
local TYPES = {
  boolean = { "a boolean", function(value) return type(value) == "boolean" end },
  ["function"] = { "a function", function(value) return type(value) == "function" end },
  integer = { "a whole number", is_integer },
  number = { "a number", is_number },
  secret = { "a secret", function(value) return env.kind(value) == "secret" end },
  string = { "a string", function(value) return type(value) == "string" end },
  table = { "a table", function(value) return type(value) == "table" end },
}

local FIELDS = { "default", "doc", "required", "type" }

--- Gives the string keys of a table, sorted.
---@param map table
---@return string[] keys
function M.sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  return keys
end

local function list_of(names) return "`" .. table.concat(names, "`, `") .. "`" end

--- Raises `usage` for a key of `given` that is not among the `known` names.
---@param what string "tickets: unknown option"
---@param given table
---@param known string[]
function M.refuse_unknown(what, given, known)
  local names = {}
  for _, name in ipairs(known) do names[name] = true end
  for _, key in ipairs(M.sorted_keys(given)) do
    if not names[key] then
      local hint = #known > 0 and "known are " .. list_of(known) or "there are none"
      errors.raise("usage", ("%s `%s`"):format(what, key) .. errors.did_you_mean(key, known), hint)
    end
  end
end

-- Raises unless the value fits; does not show it, for it may be a secret in the wrong place.
local function check_type(what, name, declared, value)
  local expected = TYPES[declared.type]
  if expected[2](value) then return end
  local text = ("%s `%s` must be %s, not %s"):format(what, name, expected[1], values.type_name(value))
  if declared.type == "secret" then
    errors.raise("usage", text, 'give it as tw.env "VARIABLE": what stands in a script is no secret')
  end
  errors.raise("usage", text)
end

local function check_declared(what, name, declared)
  what = ("%s `%s`"):format(what, name)
  if not name:find "^%l[%w_]*$" then errors.raise("usage", what .. ": a name is a word in lower case") end
  if type(declared) ~= "table" then
    errors.raise("usage", what .. ': is declared by a table: { type = "string", doc = "..." }')
  end
  M.refuse_unknown(what .. ": unknown field", declared, FIELDS)
  if type(declared.type) ~= "string" or not TYPES[declared.type] then
    errors.raise("usage", ("%s: type must be one of %s: %s"):format(what,
      table.concat(M.sorted_keys(TYPES), ", "), tostring(declared.type)))
  end
  if type(declared.doc) ~= "string" or declared.doc == "" then
    errors.raise("usage", what .. ": field `doc` is missing", "say in a sentence what it is for")
  end
  if declared.default == nil then return end
  if declared.required then errors.raise("usage", what .. ": has a default, so it cannot be required") end
  check_type(what .. ": field", "default", declared, declared.default)
end

--- Raises `usage` for a declaration that is not whole.
---@param what string "tickets: option"
---@param declared table<string, table>
function M.check_declarations(what, declared)
  for _, name in ipairs(M.sorted_keys(declared)) do check_declared(what, name, declared[name]) end
end

-- The values that are missing, in one error.
local function refuse_missing(what, declared, checked)
  local missing = {}
  for _, name in ipairs(M.sorted_keys(declared)) do
    local value = checked[name]
    if declared[name].required and value == nil then missing[#missing + 1] = name end
    local variable = env.kind(value) == "secret" and env_core.missing(value)
    if variable then
      errors.raise("usage", ("%s `%s` is not set: %s"):format(what, name, variable),
        "set it in the environment: export " .. variable .. "=...")
    end
  end
  if #missing == 0 then return end
  errors.raise("usage", what .. (#missing == 1 and " is" or "s are") .. " missing: " .. list_of(missing))
end

--- Checks values by their declarations, and gives them with the defaults of those that are not there.
---@param what string "tickets: option"
---@param declared table<string, table>
---@param given table
---@return table checked
function M.check(what, declared, given)
  if type(given) ~= "table" then
    errors.raise("usage", ("%ss are a table, not %s"):format(what, values.type_name(given)))
  end
  local prefix, noun = what:match "^(.*: )(.-)$"
  M.refuse_unknown(prefix .. "unknown " .. noun, given, M.sorted_keys(declared))
  local checked = {}
  for name, declaration in pairs(declared) do
    local value = given[name]
    if env.kind(value) == "setting" then value = value:get() end
    if value == nil then
      value = declaration.default
    else
      check_type(what, name, declaration, value)
    end
    checked[name] = value
  end
  refuse_missing(what, declared, checked)
  return checked
end

return M
