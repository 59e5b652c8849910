--- What a `*_spec.lua` file may call: `tideway test` makes these its globals.
---
--- Each `it` is one test, and a task: it may wait, spawn and run datasets. What it starts it must
--- end: after each test the runner fails it for tasks or timers still pending, open handles, a
--- changed folder, or new globals.
---
--- ```lua
--- describe("clean", function()
---   it("takes out links", function()
---     local rows = tw.dataset.from_rows { { text = "see https://example.org" } }
---     expect(rows:map("text", tw.text.clean {}):collect()):equals { { text = "see" } }
---   end)
--- end)
--- ```
---@globals
local errors = require "tideway.core.errors"
local values = require "tideway.core.values"

local M = {}

local function show(value, depth)
  depth = depth or 0
  if type(value) == "string" then return ("%q"):format(value):gsub("\\\n", "\\n") .. "" end
  if type(value) ~= "table" or depth > 4 then return tostring(value) end
  local meta = getmetatable(value)
  if meta and meta.__tostring then return tostring(value) end
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) == type(b) and type(a) ~= "table" and type(a) ~= "boolean" then return a < b end
    return tostring(a) < tostring(b)
  end)
  for i, key in ipairs(keys) do
    local name = key == i and "" or "[" .. tostring(key) .. "] = "
    if type(key) == "string" then name = key .. " = " end
    parts[i] = name .. show(value[key], depth + 1)
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

-- The path to the first difference, or nil when the values are equal. Tables are compared by
-- content, unless their class says what equal means.
local function difference(got, wanted, path)
  if got == wanted or (got ~= got and wanted ~= wanted) then return nil end
  if type(got) ~= "table" or type(wanted) ~= "table" then return path end
  local meta = getmetatable(wanted)
  if meta and meta.__eq then return path end
  for key, value in pairs(wanted) do
    local found = difference(rawget(got, key), value, path .. "." .. tostring(key))
    if found then return found end
  end
  for key in pairs(got) do
    if rawget(wanted, key) == nil then return path .. "." .. tostring(key) end
  end
  if values.is_array(got) ~= values.is_array(wanted) and next(got) == nil then return path end
  return nil
end

local function fail(text) errors.raise("data", text) end

--- What `expect(value)` gives: each method fails the test unless its claim holds.
---@class tideway.Expectation
---@field package value any
local Expectation = {}
setmetatable(Expectation, {
  __index = function(_, name)
    if name == "value" then return nil end -- of expect(nil)
    local known = {}
    for key in pairs(Expectation) do
      if not key:find "^__" then known[#known + 1] = key end
    end
    table.sort(known)
    errors.raise("usage", "expect: no matcher `" .. tostring(name) .. "`"
      .. errors.did_you_mean(tostring(name), known), "matchers: " .. table.concat(known, ", "))
  end,
})
Expectation.__index = Expectation

--- Expects a value equal to `wanted`; tables are compared by content.
---@param wanted any
function Expectation:equals(wanted)
  local path = difference(self.value, wanted, "value")
  if not path then return end
  local at = path ~= "value" and "\n  first difference at " .. path or ""
  fail("expected " .. show(wanted) .. "\n       got " .. show(self.value) .. at)
end

--- Expects a value that is not equal to `other`.
---@param other any
function Expectation:differs(other)
  if not difference(self.value, other, "value") then
    fail("expected anything but " .. show(other))
  end
end

--- Expects the very same value (`==` without looking into tables).
---@param wanted any
function Expectation:is(wanted)
  if not rawequal(self.value, wanted) then
    fail("expected the same " .. show(wanted) .. "\n       got " .. show(self.value))
  end
end

--- Expects a value that counts as true.
function Expectation:is_true()
  if not self.value then fail("expected a true value, got " .. show(self.value)) end
end

--- Expects false or nil.
function Expectation:is_false()
  if self.value then fail("expected false or nil, got " .. show(self.value)) end
end

--- Expects nil.
function Expectation:is_nil()
  if self.value ~= nil then fail("expected nil, got " .. show(self.value)) end
end

--- Expects a number within `tolerance` of `wanted`.
---@param wanted number
---@param tolerance number? Default 1e-9.
function Expectation:is_near(wanted, tolerance)
  if type(self.value) ~= "number" or math.abs(self.value - wanted) > (tolerance or 1e-9) then
    fail("expected a number near " .. tostring(wanted) .. ", got " .. show(self.value))
  end
end

--- Expects a text that holds `part` as it is, or a list with an element equal to `part`.
---@param part any
function Expectation:contains(part)
  if type(self.value) == "string" then
    if self.value:find(part, 1, true) then return end
  elseif type(self.value) == "table" then
    for _, element in ipairs(self.value) do
      if not difference(element, part, "value") then return end
    end
  end
  fail("expected " .. show(part) .. " in " .. show(self.value))
end

--- Expects a text that matches a Lua pattern.
---@param pattern string
function Expectation:matches(pattern)
  if type(self.value) ~= "string" or not self.value:find(pattern) then
    fail("expected a text like " .. show(pattern) .. ", got " .. show(self.value))
  end
end

-- Whether the error has the wanted fields: kind and booleans exactly, texts as a part.
local function check_error(err, wanted)
  for field, value in pairs(wanted) do
    local got = err[field]
    local exact = field == "kind" or type(value) ~= "string"
    local fits = exact and got == value or type(got) == "string" and type(value) == "string"
      and field ~= "kind" and got:find(value, 1, true)
    if not fits then
      fail(("expected an error with %s %s\n       got %s: %s"):format(field, show(value),
        show(got), tostring(err)))
    end
  end
end

local unused = 0 -- calls of expect.error { ... } whose function has not come yet

local function expect_error(wanted, fn, ...)
  if type(wanted) == "string" then wanted = { message = wanted } end
  if fn == nil then
    unused = unused + 1
    return function(later, ...)
      unused = unused - 1
      return expect_error(wanted, later, ...)
    end
  end
  local ok, err = pcall(fn, ...)
  if ok then fail("expected an error with " .. show(wanted) .. ", but there was none") end
  err = errors.to_error(err)
  check_error(err, wanted)
  return err
end

--- Starts an expectation on a value.
---
--- `expect.error(wanted, fn, ...)` expects that `fn(...)` raises an error whose fields (kind,
--- message, hint, where, retryable) are as in `wanted`, texts other than kind as a part; it returns
--- the error. `expect.error { ... } (fn)` is the same.
---@class tideway.Expect
---@overload fun(value: any): tideway.Expectation
---@field error fun(wanted: table|string, fn: function?, ...: any): tideway.Error
M.expect = setmetatable({ error = expect_error }, {
  __call = function(_, value) return setmetatable({ value = value }, Expectation) end,
})

--- Fails when an `expect.error { ... }` was not given its function since the last call.
---@private
function M.check_all_used()
  local count = unused
  unused = 0
  if count > 0 then fail("expect.error { ... } was not given the function that should fail") end
end

-- The group that is being written: it has hooks, and tests and groups in the order of the file.
local group

local function new_group(name, parent)
  return { name = name, parent = parent, before = {}, after = {}, entries = {} }
end

-- The group that a call of `what` adds to.
local function open_group(what, name, fn)
  if type(name) ~= "string" or type(fn) ~= "function" then
    errors.raise("usage", what .. ": expects a name and a function")
  end
  if not group then
    errors.raise("usage", what .. ": works only while `tideway test` loads a spec file",
      "declare tests beside one another, not in a test")
  end
  return group
end

--- Groups tests under a name; groups may stand in groups.
---@param name string A test's full name is the names of its groups and its own.
---@param fn function Called at once: it calls `it`, `describe` and the hooks.
function M.describe(name, fn)
  local outer = open_group("describe", name, fn)
  local inner = new_group(name, outer)
  outer.entries[#outer.entries + 1] = { group = inner }
  group = inner
  fn()
  group = outer
end

--- Adds a test.
---@param name string
---@param fn function Fails the test by raising an error.
function M.it(name, fn)
  local entries = open_group("it", name, fn).entries
  entries[#entries + 1] = { name = name, fn = fn }
end

--- Runs `fn` before each test of this group and of the groups in it, outer hooks first.
---@param fn function
function M.before_each(fn)
  local hooks = open_group("before_each", "", fn).before
  hooks[#hooks + 1] = fn
end

--- Runs `fn` after each test of this group and of the groups in it, inner hooks first, even when
--- the test has failed.
---@param fn function
function M.after_each(fn)
  local hooks = open_group("after_each", "", fn).after
  hooks[#hooks + 1] = fn
end

--- What the contract of a connector is tried with.
---@class tideway.spec.Contract
---@field options table<string, any> Options that work, with a fake of the other side. Secrets as `tw.env`.
---@field requests table[] Requests that have rows. One has several pages, and each column a value in some row.
---@field empty table A request without rows.
---@field failing? table A request that the other side fails at, half-way if it can.
---@field secrets? string[] Texts that must not be seen anywhere: what the secrets of `options` hold.
---@field open_connections? fun(): integer Tells how many connections the other side has open.

--- Adds the tests that every connector passes: unknown and missing options, an empty result, types that round trip,
--- the same rows again, an end half-way, a failure of the other side, closing twice, secrets.
---
--- ```lua
--- contract(tickets, {
---   options  = { url = "https://tickets.test", token = tw.env("TICKETS_TOKEN", "for tests"), get = fake.get },
---   requests = { { queue = "water" }, { queue = "roads" } },
---   empty    = { queue = "idle" },
---   failing  = { queue = "broken" },
---   secrets  = { "for tests" },
--- })
--- ```
---@param connector tideway.Connector
---@param given tideway.spec.Contract
function M.contract(connector, given)
  local claims = connector:claims(given)
  M.describe("the contract of " .. connector.name, function()
    for _, claim in ipairs(claims) do M.it(claim.name, claim.check) end
  end)
end

--- Gathers the tests that `script` declares.
---@private
---@param script function a loaded spec file
---@return table group `entries`, each a test (name, fn) or a group; `before`, `after`: its hooks
function M.gather(script)
  local root = new_group(nil, nil)
  group = root
  local ok, err = pcall(script)
  group = nil
  if not ok then error(err, 0) end
  return root
end

return M
