--- Pipelines: what a script returns.
---
--- ```lua
--- return tw.pipeline {
---   name   = "hello",
---   params = { database = tw.env "POSTGRES_URL", min_rows = 1000 },
---   run    = function(job)
---     job:log("at least %d rows, version %s", job.params.min_rows, job:version())
---   end,
--- }
--- ```
---
--- A script does nothing while it is loaded; `run` is called as a task when the pipeline runs.
local core_env = require "tideway.core.env"
local env = require "tideway.env"
local errors = require "tideway.core.errors"
local json = require "tideway.json"
local log = require "tideway.log"
local time = require "tideway.time"
local values = require "tideway.core.values"

local M = {}

---@class tideway.PipelineOptions
---@field name string Letters, digits, `_`, `-` and `.`.
---@field run fun(job: tideway.Job): any What it returns is shown and kept in the receipt.
---@field params table<string, any>? Defaults by name: texts, numbers, `tw.int64`, booleans, tables, `tw.env`.
---@field schedule string? A cron line: "0 3 * * *".
---@field description string? One sentence for lists of pipelines.

---@class tideway.Pipeline
---@field name string
---@field params table<string, any>
---@field run fun(job: tideway.Job): any
---@field schedule string?
---@field description string?
local Pipeline = { __name = "tideway.Pipeline" }
Pipeline.__index = Pipeline

---@class tideway.Job
---@field name string The pipeline's.
---@field params table<string, any> The parameters' values; an unknown name is an error.
---@field rank integer Which part of the work this run does, from 0 to `world` - 1: `tideway run --rank`.
---@field world integer How many runs share the work, each a part of it (default 1): `tideway run --world`.
---@field package unclear string? Why the part is not known.
---@field package skips string[]
---@field package tag string
local Job = { __name = "tideway.Job" }

-- What is not known of the part is an error for who asks.
function Job.__index(job, key)
  if key == "rank" or key == "world" then
    errors.raise("usage", "job." .. key .. ": " .. rawget(job, "unclear"),
      "give --rank and --world, or set TIDEWAY_RANK and TIDEWAY_WORLD")
  end
  return Job[key]
end

-- What job:skip returns, for `return job:skip(...)`.
local Skip = { __name = "tideway.Skip" }

local FIELDS = {
  description = "string",
  name = "string",
  params = "table",
  run = "function",
  schedule = "string",
}

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  return keys
end

local function check_fields(options)
  for key, value in pairs(options) do
    local expected = FIELDS[key]
    if not expected then
      errors.raise("usage", "tw.pipeline: unknown field `" .. tostring(key) .. "`"
        .. errors.did_you_mean(tostring(key), sorted_keys(FIELDS)))
    elseif type(value) ~= expected then
      errors.raise("usage", ("tw.pipeline: field `%s` must be a %s, not %s"):format(key, expected,
        values.type_name(value)))
    end
  end
  for _, key in ipairs { "name", "run" } do
    if options[key] == nil then
      errors.raise("usage", ("tw.pipeline: field `%s` is missing"):format(key))
    end
  end
  if not options.name:find "^[%w_.-]+$" then
    errors.raise("usage", "tw.pipeline: name may hold letters, digits, `_`, `-` and `.`: "
      .. options.name)
  end
end

local PARAM_TYPES = { string = true, number = true, boolean = true, table = true }

local function check_params(params)
  for name, default in pairs(params) do
    if type(name) ~= "string" or not name:find "^[%a_][%w_]*$" then
      errors.raise("usage", "tw.pipeline: a parameter's name is a word: " .. tostring(name))
    end
    if not PARAM_TYPES[type(default)] and not env.is_int64(default) and env.kind(default) == nil then
      local expected = "a string, number, tw.int64, boolean, table or tw.env"
      errors.raise("usage", ("tw.pipeline: default of `%s` must be %s, not %s"):format(name,
        expected, values.type_name(default)))
    end
  end
end

--- Makes a pipeline, which the script returns.
---
--- Raises an error of kind usage for unknown, missing or mistyped fields.
---@param options tideway.PipelineOptions
---@return tideway.Pipeline
function M.pipeline(options)
  if type(options) ~= "table" then
    errors.raise("usage", "tw.pipeline: expects a table, not " .. values.type_name(options))
  end
  check_fields(options)
  check_params(options.params or {})
  return setmetatable({
    name = options.name,
    params = options.params or {},
    run = options.run,
    schedule = options.schedule,
    description = options.description,
  }, Pipeline)
end

--- Tells whether a value is a pipeline.
---@param value any
---@return boolean
---@private
function M.is_pipeline(value) return getmetatable(value) == Pipeline end

function Pipeline:__tostring() return "tideway.Pipeline: " .. self.name end

local function fail(pipeline, text, hint)
  errors.raise("usage", "pipeline " .. pipeline.name .. ": " .. text, hint)
end

-- The value of a parameter given as text, typed by its default.
local function convert(pipeline, name, text)
  local default = pipeline.params[name]
  local what = ("pipeline %s: parameter `%s`"):format(pipeline.name, name)
  local kind = env.kind(default)
  if kind == "secret" then return core_env.given(name, text) end
  if kind == "setting" then return env.convert(text, default.default, what) end
  if type(default) ~= "table" then return env.convert(text, default, what) end
  local ok, value = pcall(json.decode, text)
  if not ok or type(value) ~= "table" then
    errors.raise("usage", what .. " must be a JSON array or object: " .. text)
  end
  return value
end

-- The value of a parameter that was not given; nil and the variable when that is not set.
local function default_value(default)
  local kind = env.kind(default)
  if kind == "secret" then
    local variable = core_env.missing(default)
    if variable then return nil, variable end
    return default
  end
  if kind ~= "setting" then return default end
  if not default:is_set() then return nil, default.name end
  return default:get()
end

local function check_given(pipeline, given)
  for _, name in ipairs(sorted_keys(given)) do
    if pipeline.params[name] == nil then
      local suggestion = errors.did_you_mean(name, sorted_keys(pipeline.params))
      fail(pipeline, "unknown parameter `" .. name .. "`" .. suggestion)
    end
  end
end

local function fail_missing(pipeline, missing)
  local exports = {}
  for i, name in ipairs(missing) do exports[i] = "export " .. name .. "=..." end
  fail(pipeline, "settings are missing: " .. table.concat(missing, ", "),
    "set them in the environment: " .. table.concat(exports, "; "))
end

-- Makes reading an unknown parameter an error.
local function strict_params(pipeline, params)
  return setmetatable(params, {
    __index = function(_, name)
      errors.raise("usage", ("job.params: no parameter `%s`"):format(tostring(name))
        .. errors.did_you_mean(tostring(name), sorted_keys(pipeline.params)))
    end,
  })
end

-- The values of the parameters that were given; one error for all texts that do not fit.
local function convert_given(pipeline, given)
  local params, failures, hint = {}, {}, nil
  for _, name in ipairs(sorted_keys(given)) do
    local ok, value = pcall(convert, pipeline, name, given[name])
    if ok then
      params[name] = value
    else
      failures[#failures + 1], hint = tostring(value), hint or value.hint
    end
  end
  if #failures > 0 then errors.raise("usage", table.concat(failures, "\n"), hint) end
  return params
end

--- Makes the job of one run from parameters given as texts.
---
--- Raises an error of kind usage for unknown parameters, one that names all texts that do not fit,
--- and one that names all settings that are missing.
---@param given table<string, string>
---@param shard {rank: integer?, world: integer?, unclear: string?}? Part 0 of 1 when it is not given.
---@return tideway.Job
---@private
function Pipeline:prepare(given, shard)
  check_given(self, given)
  local params, missing = convert_given(self, given), {}
  for _, name in ipairs(sorted_keys(self.params)) do
    if given[name] == nil then
      local value, variable = default_value(self.params[name])
      params[name] = value
      missing[#missing + 1] = variable
    end
  end
  if #missing > 0 then fail_missing(self, missing) end
  shard = shard or { rank = 0, world = 1 }
  return setmetatable({
    name = self.name,
    rank = shard.rank,
    world = shard.world,
    unclear = shard.unclear,
    params = strict_params(self, params),
    skips = {},
    tag = time.now():format "v%Y%m%d_%H%M%S",
  }, Job)
end

--- Runs the pipeline.
---@param job tideway.Job From `prepare`.
---@return {status: "done"|"skipped", reason: string?, skips: string[]?, result: any}
---@private
function Pipeline:execute(job)
  local result = self.run(job)
  local outcome = { status = "done" }
  if getmetatable(result) == Skip then
    outcome.status, outcome.reason = "skipped", result.reason
  else
    outcome.result = result
  end
  table.sort(job.skips) -- tasks that run side by side end in any order
  if #job.skips > 0 then outcome.skips = job.skips end
  return outcome
end

--- Notes that this run, or a part of it, is skipped, with a warning in the log and the receipt.
---
--- `return job:skip(...)` makes the whole run a skipped one; without `return` the run goes on.
---@param reason string With `...`, a format as of `string.format`.
---@param ... any
---@return tideway.Skip
function Job:skip(reason, ...)
  reason = tostring(reason)
  if select("#", ...) > 0 then reason = reason:format(...) end
  self.skips[#self.skips + 1] = reason
  log.warn("skipped: %s", reason)
  return setmetatable({ reason = reason }, Skip)
end

--- Gives the version tag of this run: `v20240229_120000`, from its start in UTC.
---@return string
function Job:version() return self.tag end

--- Writes a line to the log, at level info.
---@param text string With `...`, a format as of `string.format`.
---@param ... any
function Job:log(text, ...) log.info(text, ...) end

return M
