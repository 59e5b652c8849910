--- Connections that are used again: at most so many at once, opened when they are needed.
local errors = require "tideway.core.errors"
local tasks = require "tideway.core.tasks"

local M = {}

local Pool = {}
Pool.__index = Pool

--- Makes a pool.
---@param name string What errors call its owner.
---@param size integer
---@param open fun(): any
---@param close fun(connection: any)
function M.new(name, size, open, close)
  return setmetatable({
    name = name, size = size, open = open, close_one = close, idle = {}, waiting = {}, busy = 0, closed = false,
  }, Pool)
end

--- Raises `usage` when the pool is closed.
function Pool:check_open()
  if not self.closed then return end
  errors.raise("usage", self.name .. ": the source is closed", "open another by calling the connector again")
end

function Pool:leave()
  self.busy = self.busy - 1
  local event = table.remove(self.waiting, 1)
  if event then tasks.set(event) end
end

--- Gives a connection that nobody else uses; waits for one where all are in use. It must be given back, or dropped.
function Pool:take()
  self:check_open()
  while self.busy >= self.size do
    local event = tasks.new_event()
    self.waiting[#self.waiting + 1] = event
    tasks.wait(event)
    self:check_open()
  end
  self.busy = self.busy + 1
  local connection = table.remove(self.idle)
  if connection ~= nil then return connection end
  local ok, opened = pcall(self.open)
  if not ok then
    self:leave()
    error(opened, 0)
  end
  return opened
end

--- Takes a connection back, for the next who asks.
function Pool:give_back(connection)
  if self.closed then return self:drop(connection) end
  self.idle[#self.idle + 1] = connection
  self:leave()
end

--- Closes a connection that was taken.
function Pool:drop(connection)
  self:leave()
  self.close_one(connection)
end

--- Closes the connections that are idle, and each of the others once it is given back. Closing again does nothing.
---
--- Raises the first error of closing one, after all have been closed.
function Pool:close()
  if self.closed then return end
  self.closed = true
  for _, event in ipairs(self.waiting) do tasks.set(event) end
  local idle, failure = self.idle, nil
  self.idle, self.waiting = {}, {}
  for _, connection in ipairs(idle) do
    local ok, err = pcall(self.close_one, connection)
    if not ok then failure = failure or err end
  end
  if failure then error(failure, 0) end
end

return M
