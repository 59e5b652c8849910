--- Loads a script that returns a worker, and runs it: the Lua half of `tideway worker`.
local errors = require "tideway.core.errors"
local printer = require "tideway.internal.printer"
local queue = require "tideway.queue"
local values = require "tideway.core.values"

local M = {}

--- Calls the script, which must return a worker, and does its jobs.
---@param request {path: string, stdout_taken: boolean?, queue: string?, database: string?, num_workers: integer?,
--- until_empty: boolean?}
---@param script function
---@return table counts
function M.run(request, script)
  if request.stdout_taken then printer.stream = io.stderr end
  local worker = script()
  if not queue.is_worker(worker) then
    errors.raise("usage", request.path .. ": a worker's script must return tw.worker { ... }, not "
      .. values.type_name(worker))
  end
  return worker:run(request)
end

return M
