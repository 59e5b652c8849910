--- What a row function finds as its globals: pure functions only. No clock, no randomness, no I/O.
---
--- The functions of `string`, `table` and the basics take text views and boxed integers where a
--- script would expect them to. Runs in the workers' Lua states.

local cdata, null, did_you_mean, frozen = ...

local type, error, select, pairs = type, error, select, pairs
local is_text, to_string = cdata.is_text, cdata.to_string
local M = { freeze = frozen.freeze }

-- What getmetatable says of all that row functions share.
local LOCKED = "this is a copy, which row functions cannot change"

local Labels = {}
local labels_class = { __index = Labels }

--- Makes what tw.labels gives, from its frozen list of names. See lua/tideway/labels.lua.
function M.labels(list)
  local name = frozen.name_of(list)
  local ids, id_of = frozen.freeze(0, name .. ".ids")
  for i = 1, #list do id_of[list[i]] = i - 1 end
  local labels, contents = frozen.freeze(0, name)
  contents.list, contents.ids, contents.count = list, ids, #list
  setmetatable(contents, labels_class)
  return labels
end

function Labels:id(name)
  local id = self.ids[name]
  if id then return id end
  error("labels: unknown label: " .. cdata.tostring(name)
    .. did_you_mean(cdata.tostring(name), cdata.plain(self.list)), 0)
end

function Labels:name(id)
  return self.list[id + 1] or error("labels: no label has the id " .. cdata.tostring(id), 0)
end

function Labels:has(name) return self.ids[name] ~= nil end

function Labels:names() return { frozen.unpack(self.list) } end

-- A function that changes its first argument, which may be a table that rows share.
local function changing(f)
  return function(t, ...)
    if cdata.is_frozen(t) then frozen.refuse(t, "?") end
    if type(t) == "table" and getmetatable(t) == LOCKED then error(LOCKED, 0) end
    return f(t, ...)
  end
end

local function text_or(v)
  if is_text(v) then return to_string(v) end
  return v
end

local function copy(from, without)
  local to = {}
  for name, value in pairs(from) do
    if not without[name] then to[name] = value end
  end
  return to
end

-- Arguments of string.format that print the same in every state: no addresses, one kind of NaN.
local NAN = tonumber "nan"

local function printable(v)
  local t = type(v)
  if t == "number" then return v == v and v or NAN end
  if t == "table" or t == "function" or t == "thread" or cdata.is_frozen(v) or cdata.is_row(v) then
    return cdata.tostring(v)
  end
  return v
end

local function format(pattern, ...)
  local arguments, n = { ... }, select("#", ...)
  for i = 1, n do arguments[i] = printable(arguments[i]) end
  pattern = text_or(pattern)
  if pattern:find "%%[-+ #0-9.]*p" then error("string.format: %p is not available in a row function", 0) end
  return string.format(pattern, unpack(arguments, 1, n))
end

local function safe_string()
  local extra = {
    starts_with = function(s, prefix) prefix = text_or(prefix) return s:sub(1, #prefix) == prefix end,
    ends_with = function(s, suffix)
      suffix = text_or(suffix)
      return suffix == "" or s:sub(-#suffix) == suffix
    end,
    trim = function(s) return (s:match "^%s*(.-)%s*$") end,
    count = function(s, needle)
      needle = text_or(needle)
      local n, at = 0, 1
      while #needle > 0 do
        local first, last = s:find(needle, at, true)
        if not first then break end
        n, at = n + 1, last + 1
      end
      return n
    end,
  }
  local library = copy(string, { dump = true })
  library.format, cdata.text_methods.format = format, format
  for name, f in pairs(extra) do library[name] = f end
  return library
end

-- Asked only for names that are no method, so that methods cost nothing.
setmetatable(cdata.text_methods, {
  __index = function(_, name)
    local names = {}
    for known in pairs(cdata.text_methods) do names[#names + 1] = known end
    table.sort(names)
    error(("a text has no method `%s`%s"):format(cdata.tostring(name),
      did_you_mean(cdata.tostring(name), names)), 0)
  end,
})

-- string.lower(view) is view:lower(); a view as pattern or replacement is its text.
local function accepting_views(library)
  local out = {}
  for name, f in pairs(library) do
    local method = rawget(cdata.text_methods, name)
    out[name] = method and function(s, a, b, ...)
      if is_text(s) then return method(s, text_or(a), text_or(b), ...) end
      return f(s, text_or(a), text_or(b), ...)
    end or f
  end
  return out
end

local libraries = {} -- what stands in front of a library -> the library, for `pairs`

-- Lua visits a table in an order that differs from state to state: results would differ from worker
-- to worker. Here it is numbers, then strings, then booleans, each sorted.
local RANK = { number = 1, string = 2, boolean = 3 }

local function key_before(a, b)
  local a_rank, b_rank = RANK[type(a)], RANK[type(b)]
  if a_rank ~= b_rank then return a_rank < b_rank end
  if a_rank == 3 then return b and not a end
  return a < b
end

local orders = {} -- frozen table -> its keys

local function ordered_keys(t)
  local given = t
  t = cdata.plain(t)
  if type(t) ~= "table" then error("pairs: a table is needed, got " .. cdata.type(t), 0) end
  if orders[given] then return orders[given] end
  local keys, n, sorted = {}, 0, true
  for key in next, t do
    if not RANK[type(key)] then
      error("pairs: a table with keys that are a " .. cdata.type(key) .. " has no fixed order; use "
        .. "tostring(key)", 0)
    end
    n = n + 1
    keys[n] = key
    sorted = sorted and key == n
  end
  if not sorted then table.sort(keys, key_before) end
  if cdata.is_frozen(given) then orders[given] = keys end
  return keys
end

local function ordered_pairs(t)
  local keys = cdata.is_row(t) and t["\0names"] or ordered_keys(libraries[t] or t)
  local i = 0
  return function()
    local key, value
    repeat
      i = i + 1
      key = keys[i]
      if key == nil then return nil end
      value = t[key]
    until value ~= nil or cdata.is_row(t)
    return key, value
  end
end

local function ordered_next(t, key)
  local keys = ordered_keys(t)
  if key == nil then return keys[1], t[keys[1]] end
  for i = 1, #keys do
    if keys[i] == key then return keys[i + 1], t[keys[i + 1]] end
  end
end

local function safe_table()
  local library = copy(table, {})
  for _, name in ipairs { "insert", "remove", "sort" } do library[name] = changing(table[name]) end
  for _, name in ipairs { "getn", "maxn" } do library[name] = frozen.reading(table[name]) end
  library.move = frozen.move
  library.foreach = function(t, f)
    for key, value in ordered_pairs(t) do
      local result = f(key, value)
      if result ~= nil then return result end
    end
  end
  library.foreachi = function(t, f)
    for i = 1, #t do
      local result = f(i, t[i])
      if result ~= nil then return result end
    end
  end
  library.concat = function(list, separator, i, j)
    local parts = {}
    for k = i or 1, j or #list do
      local part = list[k]
      local t = cdata.type(part)
      if t ~= "string" and t ~= "number" then
        error(("invalid value (at index %d) in table for 'concat'"):format(k), 0)
      end
      parts[k] = cdata.tostring(part)
    end
    return table.concat(parts, text_or(separator), i, j)
  end
  return library
end

-- An empty table in front of the library: what a script sets must not reach the next row.
local function strict(library, name)
  setmetatable(library, {
    __index = function(t, key)
      local names = {}
      for known in pairs(t) do names[#names + 1] = known end
      table.sort(names)
      error(("`%s.%s` is not available in a row function%s"):format(name, tostring(key),
        did_you_mean(tostring(key), names)), 0)
    end,
  })
  local front = setmetatable({}, {
    __index = library,
    __newindex = function(_, key)
      error(("`%s.%s` cannot be set"):format(name, cdata.tostring(key)), 0)
    end,
    __metatable = LOCKED,
  })
  libraries[front] = library
  return front
end

local function globals()
  local library = safe_string()
  getmetatable("").__index = library
  getmetatable("").__metatable = LOCKED
  return setmetatable({
    assert = assert, error = error, ipairs = frozen.ipairs, next = ordered_next, pairs = ordered_pairs,
    pcall = pcall, xpcall = xpcall,
    rawequal = rawequal, rawget = frozen.rawget, select = select, unpack = frozen.unpack,
    setmetatable = changing(setmetatable),
    type = cdata.type, tostring = cdata.tostring, tonumber = cdata.tonumber,
    bit = strict(copy(bit, {}), "bit"),
    math = strict(copy(math, { random = true, randomseed = true }), "math"),
    string = strict(accepting_views(library), "string"),
    table = strict(safe_table(), "table"),
  }, {
    __index = function(_, name)
      error(("global `%s` is not available in a row function"):format(tostring(name)), 0)
    end,
    __newindex = function(_, name)
      error(("a row function cannot set the global `%s`; use a local"):format(tostring(name)), 0)
    end,
    __metatable = LOCKED,
  })
end

--- The table of globals for row functions.
M.globals = globals()

--- What `tw` is inside a row function.
M.module = strict({ null = null }, "tw")

return M
