--- Settings from the environment, secret unless said otherwise.
---
--- `tw.env` reads the variable when the script is loaded. A secret is taken out of the process's
--- environment at that moment, so that no child process sees it; it prints as `[secret]`, and every
--- log line, error and receipt is redacted. Only the calls that need it can read it: pass it on as
--- it is to `tw.sql`, for URIs and parameters, to `tw.http`, for addresses, tokens and header fields, and to
--- `tw.hub`, for names of datasets and Spaces and for secrets of a Space or webhook. Every other call refuses it.
---
--- A variable that is not set, or is empty, is no error while the script loads: its default stands
--- in, and a pipeline reports all of its missing settings at once before it runs.
---
--- ```lua
--- params = {
---   database = tw.env "POSTGRES_URL",
---   min_rows = tw.env("MIN_DATASET_LEN", 1000),             -- a number is no secret
---   target   = tw.env("DEPARTMENT_DATASET", { secret = false }),
--- }
--- ```
local core = require "tideway.core.env"
local ffi = require "ffi"
local errors = require "tideway.core.errors"
local values = require "tideway.core.values"

local M = {}

---@class tideway.Secret
local Secret = {
  __tostring = function() return "[secret]" end,
  __concat = function(a, b) return tostring(a) .. tostring(b) end,
}
core.class("tideway.Secret", Secret)

---@class tideway.Setting
---@field name string
---@field default string|number|boolean|nil
local Setting = { __name = "tideway.Setting" }
Setting.__index = Setting

---@class tideway.EnvOptions
---@field default string|number|boolean|nil Used when the variable is not set or empty.
---@field secret boolean? Default true for texts; a number or boolean default makes it false.

local TYPES = { string = true, number = true, boolean = true }

--- Tells whether a value is a boxed 64-bit integer, as `tw.int64` makes them.
---@param value any
---@return boolean
---@private
function M.is_int64(value) return ffi.istype("int64_t", value) end

local function as_options(name, options)
  if options == nil or TYPES[type(options)] or M.is_int64(options) then
    return { default = options }
  end
  if type(options) ~= "table" then
    errors.raise("usage", ("tw.env: default of %s must be a string, number or boolean, not %s")
      :format(name, values.type_name(options)))
  end
  for key in pairs(options) do
    if key ~= "default" and key ~= "secret" then
      errors.raise("usage", "tw.env: unknown option `" .. tostring(key) .. "`"
        .. errors.did_you_mean(tostring(key), { "default", "secret" }))
    end
  end
  return options
end

--- Reads a setting from the environment variable `name`.
---
--- Gives a `tideway.Secret`, or a `tideway.Setting` when it is no secret; as a pipeline's parameter
--- a setting becomes its plain value in `job.params`, typed by its default.
---@param name string
---@param default? string|number|boolean|tideway.EnvOptions
---@return tideway.Secret|tideway.Setting
function M.env(name, default)
  if type(name) ~= "string" or name == "" or name:find "[=%z]" then
    errors.raise("usage", "tw.env: name must be a variable's name: " .. tostring(name))
  end
  local options = as_options(name, default)
  local secret = options.secret
  if secret == nil then secret = options.default == nil or type(options.default) == "string" end
  if secret then return core.secret(name, options.default) end
  return setmetatable({ name = name, default = options.default }, Setting)
end

-- Whether a text names a whole number that a Lua number does not hold exactly.
local function is_inexact(text, number)
  local digits = text:match "^%s*[+-]?0*(%d+)%s*$"
  if digits then return ("%.0f"):format(math.abs(number)) ~= digits end
  return text:find "^%s*[+-]?0[xX]" and math.abs(number) > 2 ^ 53
end

local function to_number(text, what)
  local number = tonumber(text)
  if not number or number ~= number or math.abs(number) == math.huge then
    errors.raise("usage", what .. " must be a number: " .. text)
  end
  if is_inexact(text, number) then
    errors.raise("usage", what .. " is more than a number holds exactly: " .. text,
      "declare it with a default beyond 2^53, as in tw.int64 \"9007199254740993\", or as a string")
  end
  return number
end

local function to_int64(text, what)
  local ok, value = pcall(values.int64, text)
  if not ok then errors.raise("usage", what .. " must be a whole number of 64 bits: " .. text) end
  return value
end

--- Converts a text to the type of `default` (a string when that is nil). `what` is for the error.
---@param text string
---@param default any
---@param what string
---@return string|number|boolean
---@private
function M.convert(text, default, what)
  if type(default) == "number" then return to_number(text, what) end
  if M.is_int64(default) then return to_int64(text, what) end
  if type(default) == "boolean" then
    if text ~= "true" and text ~= "false" then
      errors.raise("usage", what .. " must be true or false: " .. text)
    end
    return text == "true"
  end
  return text
end

--- Tells whether the variable is set or there is a default.
---@return boolean
function Setting:is_set() return self.default ~= nil or core.read(self.name) ~= nil end

--- Gives the value, typed by the default. Raises an error of kind usage when it is not set.
---@return string|number|boolean
function Setting:get()
  local text = core.read(self.name)
  if text then return M.convert(text, self.default, "env: " .. self.name) end
  if self.default == nil then
    errors.raise("usage", "env: variable is not set: " .. self.name,
      "set it in the environment: export " .. self.name .. "=...")
  end
  return self.default
end

function Setting:__tostring() return "tideway.Setting: " .. self.name end

--- Tells what kind of setting a value is: "secret", "setting" or nil.
---@param value any
---@return "secret"|"setting"|nil
---@private
function M.kind(value)
  if core.is_secret(value) then return "secret" end
  return getmetatable(value) == Setting and "setting" or nil
end

return M
