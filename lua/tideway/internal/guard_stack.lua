--- Bounds the calls that go from Lua through C back to Lua.
---
--- LuaJIT watches its own stack but not C's, which `string.gsub` (8 KiB each time), `table.sort` and
--- coroutines inside coroutines use up first: that would end the process. Run once in each Lua state,
--- a script's and a worker's, with `check_stack` of core/binding/guard_stack.h.

local check_stack = ...

local type, error = type, error
local gsub, sort = string.gsub, table.sort
local create, resume = coroutine.create, coroutine.resume

function string.gsub(s, pattern, replacement, n)
  local t = type(replacement)
  if t == "function" or t == "table" then check_stack "string.gsub" end
  return gsub(s, pattern, replacement, n)
end

function table.sort(list, before)
  check_stack "table.sort"
  return sort(list, before)
end

-- Errors are named at every level that they pass (by `assert`, say), so the levels are few.
local MOST_NESTED = 1000
local nested = 0

local function enter(name)
  check_stack(name)
  if nested == MOST_NESTED then error("stack overflow: " .. name .. " is called too deep", 3) end
  nested = nested + 1
end

local function leave(...)
  nested = nested - 1
  return ...
end

function coroutine.resume(co, ...)
  enter "coroutine.resume"
  return leave(resume(co, ...))
end

local function results(ok, ...)
  if ok then return ... end
  error((...), 0)
end

-- On resume, which never raises, so that the levels are counted.
function coroutine.wrap(f)
  if type(f) ~= "function" then
    error("bad argument #1 to 'wrap' (function expected, got " .. type(f) .. ")", 2)
  end
  local co = create(f)
  return function(...)
    enter "coroutine.wrap"
    return results(leave(resume(co, ...)))
  end
end
