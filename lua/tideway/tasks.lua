--- Concurrency without callbacks: tasks that wait for each other while others run.
---
--- A script is itself a task. Whatever waits (a query, a push, `tw.sleep`) lets other tasks run
--- meanwhile. Tasks share one Lua thread, so plain variables need no locks.
---
--- ```lua
--- local counts = tw.each({ "2023", "2024" }, { concurrency = 2 }, function(year)
---   return db:query("SELECT * FROM complaints WHERE year = $1", { year }):count()
--- end)
--- ```
local core = require "tideway.core.tasks"
local errors = require "tideway.core.errors"

local M = {}

---@class tideway.Task
---@field package handle userdata
---@field package results table?
local Task = {}
Task.__index = Task
Task.__name = "tideway.Task"

local function pack(...) return { n = select("#", ...), ... } end

--- Waits until the task is done and returns what its function returned.
--- Raises the task's error, as often as it is called.
---@return any ...
function Task:wait()
  core.wait(self.handle)
  return unpack(self.results, 1, self.results.n)
end

--- Tells whether the task has ended, well or with an error. Does not wait.
---@return boolean
function Task:done() return core.done(self.handle) end

function Task:__tostring() return "tideway.Task: " .. (self:done() and "done" or "running") end

--- Starts `fn` as a task of its own and returns at once.
---
--- The run ends when all tasks have. An error in a task that nobody waits for fails the run.
---@param fn function Called with the arguments that follow.
---@param ... any
---@return tideway.Task
function M.spawn(fn, ...)
  if type(fn) ~= "function" then
    errors.raise("usage", "tw.spawn: argument 1 must be a function, not " .. type(fn))
  end
  local arguments = pack(...)
  local task = setmetatable({}, Task)
  task.handle = core.spawn(function()
    task.results = pack(fn(unpack(arguments, 1, arguments.n)))
  end)
  return task
end

--- Waits for `seconds`, while other tasks run.
---@param seconds number From 0 to 1e8; fractions count.
function M.sleep(seconds) core.sleep(seconds) end

local function as_task(value, key)
  if type(value) == "function" then return M.spawn(value) end
  if getmetatable(value) == Task then return value end
  errors.raise("usage", "tw.all: entry " .. tostring(key) .. " must be a function or a task, not "
    .. type(value))
end

-- Waits for all tasks, also when one fails, so that nothing runs on behind the caller's back.
local function wait_all(tasks, order, results)
  local failure
  for _, key in ipairs(order) do
    local ok, value = pcall(Task.wait, tasks[key])
    if ok then
      results[key] = value
    elseif failure == nil then
      failure = value
    end
  end
  if failure ~= nil then error(failure, 0) end
  return results
end

--- Runs functions at the same time, waits for all of them, and returns their results under the
--- same keys: `local r = tw.all { users = load_users, orders = load_orders }`.
---
--- When some fail, the others still end; then the error of the first (in list order, then by name)
--- is raised.
---@param entries table<any, function|tideway.Task>
---@return table results The first result of each.
function M.all(entries)
  if type(entries) ~= "table" then
    errors.raise("usage", "tw.all: argument 1 must be a table of functions, not " .. type(entries))
  end
  local order, tasks = {}, {}
  for key in pairs(entries) do order[#order + 1] = key end
  table.sort(order, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  for _, key in ipairs(order) do tasks[key] = as_task(entries[key], key) end
  return wait_all(tasks, order, {})
end

---@class tideway.EachOptions
---@field concurrency integer? How many calls run at the same time. Default 8.

local function check_concurrency(options)
  for name in pairs(options) do
    if name ~= "concurrency" then
      errors.raise("usage", "tw.each: unknown option `" .. tostring(name) .. "`"
        .. errors.did_you_mean(tostring(name), { "concurrency" }))
    end
  end
  local concurrency = options.concurrency or 8
  if type(concurrency) ~= "number" or concurrency < 1 or concurrency % 1 ~= 0 then
    errors.raise("usage", "tw.each: concurrency must be a whole number from 1: "
      .. tostring(concurrency))
  end
  return concurrency
end

--- Calls `fn(item, index)` for each item of a list, several at the same time, and returns the
--- results in the order of the list.
---
--- After an error no further item is started; it is raised when those under way have ended.
---@param list any[]
---@param options tideway.EachOptions
---@param fn fun(item: any, index: integer): any
---@return any[] results
---@overload fun(list: any[], fn: fun(item: any, index: integer): any): any[]
function M.each(list, options, fn)
  if type(options) == "function" then options, fn = {}, options end
  if type(list) ~= "table" or type(fn) ~= "function" or type(options) ~= "table" then
    errors.raise("usage", "tw.each: expects a list, options and a function")
  end
  local concurrency = check_concurrency(options)
  local results, next_index, failed = {}, 1, false
  local function work()
    while not failed and next_index <= #list do
      local index = next_index
      next_index = index + 1
      local ok, value = pcall(fn, list[index], index)
      if not ok then
        failed = true
        error(value, 0)
      end
      results[index] = value
    end
  end
  local tasks, order = {}, {}
  for i = 1, math.min(concurrency, #list) do
    tasks[i], order[i] = M.spawn(work), i
  end
  wait_all(tasks, order, {})
  return results
end

return M
