--- Tries again what may succeed later: the one shape of `retry` in Lua.
---
--- Between the tries a random time passes, up to `base_s`, then twice, four times as long, but at most `cap_s`; where
--- an error says how long to wait (`retry_after_s`), at least as long.
local errors = require "tideway.core.errors"
local log = require "tideway.log"
local options = require "tideway.internal.options"
local tasks = require "tideway.core.tasks"
local time = require "tideway.time"

local M = {}

local DEFAULTS = { tries = 5, base_s = 1, cap_s = 60, deadline_s = 600 }
local MOST_SECONDS = 7 * 86400

--- Checks a rule and completes it by the defaults.
---@param what string "tickets"
---@param given table?
---@return {tries: integer, base_s: number, cap_s: number, deadline_s: number} rule
function M.rule(what, given)
  if given ~= nil and type(given) ~= "table" then
    errors.raise("usage", what .. ": option `retry` must be a table, not " .. type(given))
  end
  options.refuse_unknown(what .. ": retry: unknown option", given or {}, options.sorted_keys(DEFAULTS))
  local rule = {}
  for name, default in pairs(DEFAULTS) do
    local value = given and given[name] or default
    local least, most = name == "tries" and 1 or 0, name == "tries" and 1000 or MOST_SECONDS
    if type(value) ~= "number" or not (value >= least and value <= most) then
      errors.raise("usage", ("%s: retry: %s must be from %d to %d: %s"):format(what, name, least, most,
        tostring(value)))
    end
    rule[name] = value
  end
  return rule
end

-- From 0 up to 1: the clock's last digits, which differ between processes. The script's own sequence of random
-- numbers must not depend on how often a server was busy.
local function random() return (time.monotonic() * 1e6) % 1000 / 1000 end

-- The seconds to wait after failed try number `try`, or nil when there is no other.
local function wait_after(rule, try, elapsed_s, asked_s)
  if try >= rule.tries then return nil end
  local longest_s = math.min(rule.cap_s, rule.base_s * 2 ^ math.min(try - 1, 60))
  local wait_s = asked_s and asked_s + random() * rule.base_s or random() * longest_s
  return elapsed_s + wait_s <= rule.deadline_s and wait_s or nil
end

--- Calls `fn` until it returns, and gives its two results and how often it was called.
---
--- Raises its error when that is not `retryable`, or when there is no other try.
---@param what string For the log: "tickets: fetch".
---@param rule table From `rule`.
---@param fn fun(): any, any
---@return any first
---@return any second
---@return integer tries
function M.call(what, rule, fn)
  local began = time.monotonic()
  for try = 1, rule.tries do
    local ok, first, second = pcall(fn)
    if ok then return first, second, try end
    local err = errors.to_error(first)
    local wait_s = err.retryable and wait_after(rule, try, time.monotonic() - began, err.retry_after_s)
    if not wait_s then error(err, 0) end
    log.debug("%s: try %d of %d failed, the next in %.1f s: %s", what, try, rule.tries, wait_s, err.message)
    tasks.sleep(wait_s)
  end
end

return M
