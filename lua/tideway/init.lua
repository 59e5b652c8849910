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

--- What `pcall` gives when a call fails, and what a run reports.
---
--- `tostring(err)` and `..` give the message. A text that a script raises with `error "..."` becomes
--- one of kind script; a script may raise its own: `error { kind = "data", message = "..." }`.
---
--- ```lua
--- local ok, err = pcall(function() return db:query(text):count() end)
--- if not ok and err.kind ~= "database" then error(err) end
--- ```
---
--- The kinds: `usage` (wrong arguments, options, parameters or settings), `script` (a mistake in the
--- script), `data` (rows or files are not what the plan needs), `not_found`, `auth`, `database`,
--- `network`, `io`, `disk_full`, `memory` (the memory promise cannot be kept for this input),
--- `conflict` (somebody else changed or owns it), `timeout`, `interrupted` (asked to stop) and
--- `internal` (a defect of Tideway).
---@class tideway.Error
---@field kind string What went wrong, as listed above.
---@field message string One line: `module: what failed: value`.
---@field hint string? The remedy, in one sentence.
---@field retryable boolean The same call may succeed later.
---@field retry_after_s number? How long to wait before that, when the other side said so.
---@field where string? "script.lua:12": the script's innermost line.
---@field cause tideway.Error? What led to it.
---@field traceback string? Shown with `-v`.

---@class tideway
local tw = {}

local FUNCTIONS = {
  all = "tasks",
  array = "values",
  col = "col",
  connector = "connector",
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
  worker = "queue",
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
