--- Tideway: what `require "tideway"` returns.
---
--- Modules (`tw.sql`, `tw.text`, ...) are loaded when they are first used: each is one file beside
--- this one. Functions that stand on `tw` itself are listed below with the module they live in.
---
--- ```lua
--- local tw = require "tideway"
--- return tw.pipeline { name = "hello", run = function(job) job:log("hello") end }
--- ```
local errors = require "tideway.core.errors"

---@class tideway
local tw = {}

local FUNCTIONS = {
  all = "tasks",
  array = "values",
  decimal = "decimal",
  each = "tasks",
  env = "env",
  int64 = "values",
  labels = "labels",
  null = "values",
  object = "values",
  pipeline = "pipeline",
  sleep = "tasks",
  spawn = "tasks",
}

return setmetatable(tw, {
  __index = function(_, name)
    if type(name) ~= "string" or not name:find("^%l[%w_]*$") then
      errors.raise("usage", "tideway: no module `" .. tostring(name) .. "`")
    end
    local home = FUNCTIONS[name]
    local value
    if home then
      value = require("tideway." .. home)[name]
    else
      value = require("tideway." .. name)
    end
    rawset(tw, name, value)
    return value
  end,
})
