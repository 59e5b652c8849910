--- Loads a pipeline's script and runs it: the Lua half of `tideway run` and `tideway check`.
local env = require "tideway.env"
local errors = require "tideway.core.errors"
local json = require "tideway.json"
local pipeline = require "tideway.pipeline"
local printer = require "tideway.internal.printer"
local values = require "tideway.core.values"

local M = {}

local loaded, job

-- Parameters as a receipt may hold them: secrets are written as "[secret]".
local function public_parameters(params)
  local copy = values.object({})
  for name, value in pairs(params) do copy[name] = value end
  return copy
end

local function pipeline_of(request, script)
  local result = script()
  if pipeline.is_pipeline(result) then return result end
  errors.raise("usage", request.path .. ": a script must return tw.pipeline { ... }, not "
    .. values.type_name(result))
end

--- Tells a pipeline's name and the names of its parameters; `secrets` are those that read a secret variable.
---@param request {path: string}
---@param script function
---@return {name: string, parameters: string[], secrets: string[]}
function M.describe(request, script)
  printer.stream = io.stderr
  local described = pipeline_of(request, script)
  local names, secrets = {}, {}
  for name, default in pairs(described.params) do
    names[#names + 1] = name
    if env.kind(default) == "secret" then secrets[#secrets + 1] = name end
  end
  table.sort(names)
  return { name = described.name, parameters = values.array(names), secrets = values.array(secrets) }
end

--- Calls the script, which must return a pipeline, and settles its parameters.
---@param request {path: string, parameters: table<string, string>?, shard: table?, stdout_taken: boolean?}
---@param script function
---@return {name: string, description: string?, schedule: string?, parameters: table}
function M.load(request, script)
  if request.stdout_taken then printer.stream = io.stderr end
  local result = pipeline_of(request, script)
  loaded = result
  job = result:prepare(request.parameters or {}, request.shard)
  return {
    name = result.name,
    description = result.description,
    schedule = result.schedule,
    parameters = public_parameters(job.params),
  }
end

--- Runs the pipeline that `load` has loaded.
---@return {status: "done"|"skipped", reason: string?, skips: string[]?, result: any}
function M.run()
  local outcome = loaded:execute(job)
  -- What JSON cannot hold (a dataset, say) must not fail a run that has done its work.
  if not pcall(json.encode, outcome.result) then outcome.result = tostring(outcome.result) end
  return outcome
end

return M
