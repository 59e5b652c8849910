--- Tables from outside a row function: read-only, because the next row must not see what this one
--- did. Runs in the workers' Lua states.

local cdata = ...

local error, rawequal = error, rawequal
local is_frozen, is_text, to_string = cdata.is_frozen, cdata.is_text, cdata.to_string
local number_of, plain = cdata.number_of, cdata.plain
local M = {}

local names, lengths = {}, {} -- by number

--- Raises the error of a function that changes the frozen table.
function M.refuse(frozen, key)
  error(("the function writes to `%s` (key `%s`), a table from outside it: row functions run on several "
    .. "workers, each with a copy; return the value instead, or change a copy made inside the function"
    ):format(names[number_of(frozen)], cdata.tostring(key)), 0)
end

cdata.frozen_type {
  __index = function(frozen, key)
    if is_text(key) then key = to_string(key) end
    return plain(frozen)[key]
  end,
  __newindex = M.refuse,
  __len = function(frozen) return lengths[number_of(frozen)] end,
  __eq = rawequal,
}

--- Makes a frozen table of `length` that errors call `name`; returns it and its contents, to be filled.
function M.freeze(length, name)
  local contents = {}
  local frozen, number = cdata.new_frozen(contents)
  names[number], lengths[number] = name, length
  return frozen, contents
end

--- Returns the variable that holds the frozen table in the script.
function M.name_of(frozen) return names[number_of(frozen)] end

local function next_element(frozen, i)
  local value = frozen[i + 1]
  if value ~= nil then return i + 1, value end
end

local raw_ipairs = ipairs
function M.ipairs(t)
  if is_frozen(t) then return next_element, t, 0 end
  return raw_ipairs(t)
end

local raw_unpack = unpack
function M.unpack(t, i, j)
  if is_frozen(t) then return raw_unpack(plain(t), i or 1, j or #t) end
  return raw_unpack(t, i, j)
end

local raw_get = rawget
function M.rawget(t, key) return raw_get(plain(t), key) end

--- Returns `f`, which only reads its first argument.
function M.reading(f)
  return function(t, ...) return f(plain(t), ...) end
end

local raw_move = table.move
function M.move(from, first, last, at, to)
  to = to or from
  if is_frozen(to) then M.refuse(to, at) end
  return raw_move(plain(from), first, last, at, to)
end

return M
