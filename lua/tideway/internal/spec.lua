--- Runs one `*_spec.lua` file: the Lua half of `tideway test`.
---
--- The file declares its tests with tideway/spec.lua; here they run, each with its hooks and leak check.
local errors = require "tideway.core.errors"
local inspect = require "tideway.core.inspect"
local path = require "tideway.core.path"
local spec = require "tideway.spec"
local tasks = require "tideway.core.tasks"

local M = {}

-- What a spec file may call, by the names of tideway/spec.lua.
local GLOBALS = { "after_each", "before_each", "contract", "describe", "expect", "it" }

local function full_name(group, name)
  while group do
    if group.name then name = group.name .. " " .. name end
    group = group.parent
  end
  return name
end

-- The user's globals, which this module does not see by name.
local user_globals = getfenv(0)

local function snapshot()
  collectgarbage()
  collectgarbage()
  local globals = {}
  for name in pairs(user_globals) do globals[name] = true end
  local pending, tasks = inspect.pending()
  return {
    cwd = path.cwd(),
    globals = globals,
    handles = inspect.open_objects(),
    pending = pending,
    tasks = tasks,
  }
end

-- The leaks between two snapshots as one text, or nil.
local function leaks_since(before)
  local after, leaks = snapshot(), {}
  if after.tasks > before.tasks then leaks[#leaks + 1] = "a task is still running" end
  if after.pending > before.pending then leaks[#leaks + 1] = "a timer or job is still pending" end
  for class, count in pairs(after.handles) do
    if count > (before.handles[class] or 0) then leaks[#leaks + 1] = "open handle: " .. class end
  end
  for name in pairs(after.globals) do
    if not before.globals[name] then
      leaks[#leaks + 1] = "new global: " .. tostring(name)
      rawset(user_globals, name, nil)
    end
  end
  if after.cwd ~= before.cwd then leaks[#leaks + 1] = "current folder changed: " .. after.cwd end
  table.sort(leaks)
  return #leaks > 0 and "leak: " .. table.concat(leaks, "; ") or nil
end

local function call_hooks(group, kind)
  if not group then return end
  if kind == "before" then call_hooks(group.parent, kind) end
  for _, hook in ipairs(group[kind]) do hook() end
  if kind == "after" then call_hooks(group.parent, kind) end
end

local function describe_error(err)
  err = errors.to_error(err)
  local text = (err.where and err.where .. ": " or "") .. tostring(err)
  return err.hint and text .. "\n  hint: " .. err.hint or text
end

-- Runs one test with its hooks; gives the reasons of its failure.
local function run_test(group, test)
  local before, reasons = snapshot(), {}
  local function step(fn, ...)
    local ok, err = pcall(fn, ...)
    if not ok then reasons[#reasons + 1] = describe_error(err) end
    return ok
  end
  if step(call_hooks, group, "before") then
    step(test.fn)
    step(spec.check_all_used)
  end
  step(call_hooks, group, "after")
  step(tasks.sleep, 0) -- tasks that the test has started and not waited for have their turn
  for _, text in ipairs(inspect.take_failures()) do
    reasons[#reasons + 1] = "a task that nobody waited for failed: " .. text
  end
  reasons[#reasons + 1] = leaks_since(before)
  return reasons
end

local function run_group(group, filter, result)
  for _, entry in ipairs(group.entries) do
    if entry.group then
      run_group(entry.group, filter, result)
    else
      local name = full_name(group, entry.name)
      if name:find(filter, 1, true) then
        local reasons = run_test(group, entry)
        if #reasons == 0 then
          result.passed = result.passed + 1
        else
          result.failures[#result.failures + 1] =
            { name = name, message = table.concat(reasons, "\n") }
        end
      end
    end
  end
end

--- Runs a spec file.
---@param request {path: string, filter: string?} `filter`: only tests whose full name holds it.
---@param script function
---@return {passed: integer, failures: {name: string, message: string}[]}
function M.run(request, script)
  for _, name in ipairs(GLOBALS) do rawset(user_globals, name, spec[name]) end
  local root = spec.gather(script)
  if #root.entries == 0 then errors.raise("usage", "test: no tests in " .. request.path) end
  local result = { passed = 0, failures = require("tideway.core.values").array {} }
  run_group(root, request.filter or "", result)
  for _, name in ipairs(GLOBALS) do rawset(user_globals, name, nil) end
  return result
end

return M
