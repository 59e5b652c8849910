--- The loop over a batch's rows, made for one function and one schema. Runs in the workers' Lua
--- states; core/binding/row_function.cc calls it.

local cdata, null, did_you_mean = ...

local M = {}

local function quoted(v)
  local text = cdata.tostring(v)
  if #text > 40 then text = text:sub(1, 37) .. "..." end
  if cdata.type(v) == "string" then return ("%q"):format(text) end
  return text
end

local function described(v)
  local t = cdata.type(v)
  if t == "string" or t == "number" or t == "boolean" then return ("a %s (%s)"):format(t, quoted(v)) end
  return v == nil and "nil" or "a " .. t
end

-- The reader of each column; a column that cannot be read raises when it is.
local function readers_of(columns)
  local bind, read = {}, {}
  for k, column in ipairs(columns) do
    if column.kind then
      bind[k], read[column.name] = cdata.reader(column.kind)
    else
      read[column.name] = function()
        error(("column `%s` is %s, which a row function cannot read"):format(column.name, column.type), 0)
      end
    end
  end
  return bind, read
end

-- The name of a column type that holds `v`; nil when none does.
local function type_for(v)
  local t = cdata.type(v)
  if t == "string" then return "string" end
  if t == "boolean" then return "bool" end
  if t ~= "number" then return nil end
  return (cdata.is_int64(v) or v % 1 == 0) and "int64" or "float64"
end

-- A remedy has `"?"` where the type stands that `v` needs.
local function remedy_for(v, remedy)
  local name = type_for(v)
  return name and (remedy:gsub('"%?"', '"' .. name .. '"')) or ""
end

local function writers_of(outputs)
  local bind, write, skip = {}, {}, {}
  for k, output in ipairs(outputs) do
    local declared = output.remedy == ""
    bind[k], write[k], skip[k] = cdata.writer(output.kind, function(v)
      error(("column `%s` is %s: the function returned %s%s"):format(output.name, output.type,
        described(v), remedy_for(v, output.remedy)), 0)
    end, null, not declared)
  end
  return bind, write, skip
end

-- The row view. Columns that the function's code names get a branch of their own, which costs a
-- compiled loop nothing; the others are found in a table.
local row_source = [[
local read, other, next_row = ...
$L
local i = 0
local function index(_, name)
  $B
  return other(i, name)
end
return index, function(k) i = k next_row() end, function() return i end
]]

local function row_index(spec, read)
  local locals, branches = {}, {}
  for k, name in ipairs(spec.hot) do
    locals[k] = ("local r%d = read[%q]"):format(k, name)
    branches[k] = ("if name == %q then return r%d(i) end"):format(name, k)
  end
  local names = {}
  for k, column in ipairs(spec.columns) do names[k] = column.name end
  local function other(i, name)
    local r = read[name]
    if r then return r(i) end
    if name == "\0names" then return names end
    error(("no column `%s`%s; the columns are %s"):format(cdata.tostring(name),
      did_you_mean(cdata.tostring(name), names), table.concat(names, ", ")), 0)
  end
  local source = row_source:gsub("%$(%u)", { L = table.concat(locals, "\n"), B = table.concat(branches, "\n") })
  return assert(loadstring(source, "=row"))(read, other, cdata.next_row)
end

local function read_only(_, name)
  error(("a row is read-only: return { %s = ... } instead"):format(cdata.tostring(name)), 0)
end

-- Stores up to 20 results of one row (a function may use no more than 60 outer locals).
local store_source = [[
local write, skip, rest = ...
$L
return function(i, r)
  local v
  $B
  return rest(i, r)
end
]]

local function store_of(outputs, write, skip, first)
  if first > #outputs then return function() end end
  local rest = store_of(outputs, write, skip, first + 20)
  local locals, body = {}, {}
  for k = first, math.min(first + 19, #outputs) do
    locals[#locals + 1] = ("local w%d, s%d = write[%d], skip[%d]"):format(k, k, k, k)
    body[#body + 1] = ("v = r[%q] if v ~= nil then w%d(i, v) else s%d(i, %d) end"):format(
      outputs[k].name, k, k, outputs[k].absent)
  end
  local source = store_source:gsub("%$(%u)", { L = table.concat(locals, "\n"), B = table.concat(body, "\n") })
  return assert(loadstring(source, "=store"))(write, skip, rest)
end

-- Raises when the function returned a column that is neither there nor declared.
local check_source = [[
local undeclared, rawget = ...
return function(r)
  $B
end
]]

local function check_of(spec)
  local known = {}
  for _, output in ipairs(spec.outputs) do known[output.name] = true end
  local function undeclared(name, value)
    error(("the function returned a new column `%s`; declare its type: returns = { %s = \"%s\" }"
      ):format(cdata.tostring(name), cdata.tostring(name), type_for(value) or "string"), 0)
  end
  if spec.dynamic then
    return function(r)
      for name, value in pairs(r) do
        if not known[name] then undeclared(name, value) end
      end
    end
  end
  local body = {}
  for k, name in ipairs(spec.suspects) do
    body[k] = ("if rawget(r, %q) ~= nil then undeclared(%q, r[%q]) end"):format(name, name, name)
  end
  return assert(loadstring(check_source:gsub("%$B", (table.concat(body, "\n"):gsub("%%", "%%%%"))),
    "=check"))(undeclared, rawget)
end

local map_source = [[
local f, row, set_row, check, store, wrong, type, plain = ...
return function(n)
  for i = 0, n - 1 do
    set_row(i)
    local r = f(row)
    if type(r) ~= "table" then r = plain(r) if type(r) ~= "table" then wrong(r) end end
    check(r)
    store(i, r)
  end
end
]]

local column_source = [[
local f, read, set_row, write = ...
return function(n)
  for i = 0, n - 1 do
    set_row(i)
    write(i, f(read(i)))
  end
end
]]

local filter_source = [[
local f, row, set_row = ...
return function(n, keep)
  for i = 0, n - 1 do
    set_row(i)
    if f(row) then keep[i] = 1 end
  end
end
]]

-- A row that does not fit any more is given again by the next call, from the item that comes next.
local flat_source = [[
local f, row, set_row, check, store, rows_of, item_of = ...
return function(_, parents, span, full)
  local i, item, stop, room = span.row, span.item, span.stop, span.room
  local at = 0
  while i < stop do
    set_row(i)
    local list, n = rows_of(f(row))
    while item < n do
      if at == room or at > 0 and full() then
        span.row, span.item, span.written = i, item, at
        return
      end
      local r = item_of(list, item + 1)
      check(r)
      store(at, r)
      parents[at] = i
      at, item = at + 1, item + 1
    end
    i, item = i + 1, 0
  end
  span.row, span.item, span.written = stop, 0, at
end
]]

local function rows_of(v)
  v = cdata.plain(v)
  if type(v) ~= "table" then
    error(("the function must return a list of rows, {} for none, not %s"):format(described(v)), 0)
  end
  local n, keys = #v, 0
  for _ in pairs(v) do keys = keys + 1 end
  if keys == n then return v, n end
  if n == 0 then error("the function must return a list of rows, not one row: return { { ... } }", 0) end
  error(("the function must return a list of rows without gaps and other keys: %d keys, %d in the list"):format(
    keys, n), 0)
end

local function item_of(list, k)
  local r = list[k]
  if type(r) == "table" then return r end
  local contents = cdata.plain(r)
  if type(contents) == "table" then return contents end
  error(("item %d of the list must be a table of columns, not %s%s"):format(k, described(r),
    cdata.is_row(r) and "; {} is the row as it was" or ""), 0)
end

local function loop_of(spec, row, set_row, read, write, skip)
  if spec.kind == "filter" then
    return assert(loadstring(filter_source, "=filter"))(spec.f, row, set_row)
  elseif spec.kind == "column" then
    return assert(loadstring(column_source, "=map"))(spec.f, read[spec.column], set_row, write[1])
  end
  if spec.kind == "flat" then
    return assert(loadstring(flat_source, "=flat_map"))(spec.f, row, set_row, check_of(spec),
      store_of(spec.outputs, write, skip, 1), rows_of, item_of)
  end
  local function wrong(r)
    error(("the function must return a table of columns, not %s"):format(described(r)), 0)
  end
  return assert(loadstring(map_source, "=map"))(spec.f, row, set_row, check_of(spec),
    store_of(spec.outputs, write, skip, 1), wrong, type, cdata.plain)
end

-- Runs the function once more on the row that failed, and watches: which line, which columns.
local function replay(spec, read, i)
  cdata.next_row()
  local last
  local meta = {
    __index = function(_, name)
      local value = spec.index(nil, name)
      last = { name = name, null = value == nil }
      return value
    end,
    __newindex = read_only,
  }
  local argument = cdata.new_row(meta)
  if spec.kind == "column" then
    argument = read[spec.column](i)
    last = { name = spec.column, null = argument == nil }
  end
  local where
  local ok, message = xpcall(spec.f, function(e)
    where = M.where(spec.globals)
    return e
  end, argument)
  return not ok, message, where, last
end

--- Returns "file:line" of the innermost running function whose globals are `globals`.
function M.where(globals)
  for level = 2, 200 do
    local info = debug.getinfo(level, "fSl")
    if not info then return nil end
    if info.what ~= "C" and getfenv(info.func) == globals then
      return info.short_src .. ":" .. info.currentline
    end
  end
end

-- LuaJIT's names of the types behind what a row function sees.
local function in_script_terms(message)
  message = message:gsub("'[const ]*u?int64_t' has no member named '([^']*)'", "a number has no method `%1`")
  message = message:gsub("'[const ]*u?int64_t'", "an int64"):gsub("'[const ]*struct %d+'", "a row or table")
    :gsub("'struct tideway_text'", "a text")
  return message
end

local function text_of(v)
  v = cdata.plain(v)
  if type(v) == "table" then v = v.message or v end
  return in_script_terms((cdata.tostring(v):gsub("^[^\n]-:%d+: ", "")))
end

-- The text of what the function raised: any value, whose metamethods may raise again.
local function shown(v)
  local ok, text = pcall(text_of, v)
  if ok then return text end
  return "the error that the function raised cannot be shown: " .. tostring(text)
end

--- Compiles `spec` into run(array, columns, mask, rows, span), explain(error), and row(), where the loop is.
function M.compile(spec)
  local bind_read, read = readers_of(spec.columns)
  local bind_write, write, skip = writers_of(spec.outputs)
  local index, set_row, get_row = row_index(spec, read)
  spec.index = index
  local row = cdata.new_row { __index = index, __newindex = read_only }
  local loop = loop_of(spec, row, set_row, read, write, skip)

  local function run(array, columns, mask, rows, span)
    set_row(-1)
    local inputs, results = cdata.open(array, columns)
    for k, bind in pairs(bind_read) do bind(inputs[k - 1]) end
    for k, bind in ipairs(bind_write) do bind(results[k - 1]) end
    if span then return loop(rows, cdata.span(columns, mask, span)) end
    loop(rows, mask and cdata.mask(mask))
  end

  -- Returns the message, "file:line" or nil, the row in its batch from 0 or -1, and a note or nil.
  local function explain(message)
    local i = get_row()
    if i < 0 then return shown(message), nil, i end
    local failed, again, where, last = replay(spec, read, i)
    if failed then message = again end
    local note
    if failed and last and last.null then note = ("column `%s` is null"):format(last.name) end
    if failed and last and not last.null then note = ("column `%s` was read last"):format(last.name) end
    return shown(message), where, i, note
  end
  return run, explain, get_row
end

return M
