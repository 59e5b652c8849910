--- Columns in native memory, as row functions see them: the one file that uses LuaJIT's FFI.
---
--- It runs in the Lua states of the workers, never in a script's. It declares the Arrow C Data
--- structs and the kernel table of core/binding/udf_kernels.h, makes the text view type, and gives
--- each column a reader and each result a writer, specialised by type so that a compiled loop loads
--- and stores directly. What scripts see of it is documented in row.lua.
---@private

local ffi = require "ffi"

ffi.cdef [[
struct ArrowArray {
  int64_t length, null_count, offset, n_buffers, n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};
struct TidewayColumn {
  uint8_t *state;
  void *values;
  void *builder;
};
struct TidewaySpan { int32_t row, item, stop, room, written, columns; double text_bytes; };
struct TidewayArena { uint8_t *begin, *next, *end; };
struct TidewayKernels {
  int64_t size;
  struct TidewayArena *arena;
  uint64_t (*lower)(void *, uint64_t, int32_t);
  uint64_t (*upper)(void *, uint64_t, int32_t);
  uint64_t (*concat)(void *, const char *, int32_t, const char *, int32_t);
  int32_t (*find)(uint64_t, int32_t, const char *, int32_t, int32_t);
  int32_t (*count)(uint64_t, int32_t, const char *, int32_t);
  int32_t (*compare)(const char *, int32_t, const char *, int32_t);
  int32_t (*leading_space)(uint64_t, int32_t);
  int32_t (*trailing_space)(uint64_t, int32_t);
  int32_t (*append)(void *, const char *, int32_t);
  double (*text_bytes)(const struct TidewayColumn *, int32_t);
};
]]
-- Names that no script writes: results must not depend on where a text lies.
ffi.cdef("struct tideway_text { const uint64_t $; const int32_t $; const uint32_t $; };",
  "\0address", "\0size", "\0generation")

local type, error, tostring, select = type, error, tostring, select
local cast, istype, ffi_string = ffi.cast, ffi.istype, ffi.string
local chars_t, bytes_t = ffi.typeof "const char *", ffi.typeof "const uint8_t *"
local kernels_t, array_t = ffi.typeof "struct TidewayKernels *", ffi.typeof "struct ArrowArray *"
local columns_t = ffi.typeof "struct TidewayColumn *"
local uint64_t, int64_t = ffi.typeof "uint64_t", ffi.typeof "int64_t"
local raw_tostring, raw_tonumber = tostring, tonumber

local M = {}

-- A table from outside the function is a cdata that holds its number, because only of a cdata does
-- LuaJIT ask the metatable for every access and for the length. internal/frozen.lua says how it acts.
local Frozen, int32_pointer = ffi.typeof "struct { int32_t :32; }", ffi.typeof "int32_t *"
local frozen_tables = {} -- number -> contents

--- Makes the frozen table that stands in front of `contents`; returns it and its number.
function M.new_frozen(contents)
  local number, frozen = #frozen_tables + 1, Frozen()
  frozen_tables[number], cast(int32_pointer, frozen)[0] = contents, number
  return frozen, number
end

--- Sets the metamethods of every frozen table.
function M.frozen_type(meta) Frozen = ffi.metatype(Frozen, meta) end

local function is_frozen(v)
  return type(v) == "cdata" and istype(Frozen, v)
end
M.is_frozen = is_frozen

--- Returns the number of a frozen table.
function M.number_of(frozen) return cast(int32_pointer, frozen)[0] end

--- Returns the contents of a frozen table, which must not reach a script, and any other value as it is.
local function plain(v)
  if is_frozen(v) then return frozen_tables[cast(int32_pointer, v)[0]] end
  return v
end
M.plain = plain

if type((...)) ~= "userdata" then error("cdata: a module for the workers of row functions only", 0) end

local raw_gsub = string.gsub
function string.gsub(s, pattern, replacement, n) return raw_gsub(s, pattern, plain(replacement), n) end

local kernels = cast(kernels_t, (...))
if tonumber(kernels.size) ~= ffi.sizeof "struct TidewayKernels" then
  error("cdata: the kernel table is that of another version of tideway", 0)
end
-- Function pointers in locals that never change become constants of the compiled code.
local arena = kernels.arena
local lower, upper, concat = kernels.lower, kernels.upper, kernels.concat
local find, count, compare = kernels.find, kernels.count, kernels.compare
local leading_space, trailing_space = kernels.leading_space, kernels.trailing_space
local append, text_bytes = kernels.append, kernels.text_bytes

-- Counts rows. A view carries the number of its row.
local generation = 1

local Text
local text_methods = {}

local function stale()
  error("a text view was used after its row; keep tostring(view)", 0)
end

local function is_text(v)
  return type(v) == "cdata" and istype(Text, v)
end

-- Every method begins with this: a script can take a method and call it on anything.
local function check(v)
  if not is_text(v) then error("a text is needed, got " .. M.type(v), 0) end
  if v["\0generation"] ~= generation then stale() end
end

local function to_string(v)
  check(v)
  return ffi_string(cast(chars_t, v["\0address"]), v["\0size"])
end

-- The bytes and the size of a view or a Lua string; nil for anything else.
local function bytes_of(v)
  if type(v) == "string" then return v, #v end
  if is_text(v) then
    if v["\0generation"] ~= generation then stale() end
    return cast(chars_t, v["\0address"]), v["\0size"]
  end
end

local function made(address, size)
  if address == 0 then error("not enough memory for the texts of a row function", 0) end
  return Text(address, size, generation)
end

local function needle_of(v, name)
  if type(v) == "number" then v = tostring(v) end
  local bytes, size = bytes_of(v)
  if not bytes then error(name .. ": a text is needed to look for, got " .. M.type(v), 0) end
  return bytes, size
end

function text_methods.lower(v)
  check(v)
  return made(lower(arena, v["\0address"], v["\0size"]), v["\0size"])
end

function text_methods.upper(v)
  check(v)
  return made(upper(arena, v["\0address"], v["\0size"]), v["\0size"])
end

function text_methods.len(v)
  check(v)
  return v["\0size"]
end

-- A bound as a plain number: an int64 beside a number would be compared and added as one.
local function bound(v)
  if type(v) == "number" then return v end
  return raw_tonumber(M.is_text(v) and M.to_string(v) or v)
    or error("a position is needed, got " .. M.type(v), 0)
end

-- The range i..j of a text of `size` bytes as Lua's string.sub counts: first byte and how many. A
-- bound that is not a number (0/0) compares false with everything and selects nothing.
local function range(size, i, j)
  size, i, j = raw_tonumber(size), bound(i), bound(j)
  if i < 0 then i = size + i + 1 end
  if j < 0 then j = size + j + 1 end
  if i < 1 then i = 1 end
  if j > size then j = size end
  if not (i <= j) then return 1, 0 end
  return i, j - i + 1
end

function text_methods.sub(v, i, j)
  check(v)
  local first, size = range(v["\0size"], i or 1, j or -1)
  return Text(v["\0address"] + (first - 1), size, generation)
end

function text_methods.trim(v)
  check(v)
  local lead = leading_space(v["\0address"], v["\0size"])
  local rest = v["\0size"] - lead
  return Text(v["\0address"] + lead, rest - trailing_space(v["\0address"] + lead, rest), generation)
end

function text_methods.byte(v, i, j)
  check(v)
  i = i or 1
  if j and j ~= i then return to_string(v):byte(i, j) end
  local first, size = range(v["\0size"], i, i)
  if size == 0 then return end
  return cast(bytes_t, v["\0address"])[first - 1]
end

function text_methods.count(v, needle)
  check(v)
  local bytes, size = needle_of(needle, "count")
  return count(v["\0address"], v["\0size"], bytes, size)
end

function text_methods.starts_with(v, prefix)
  check(v)
  local bytes, size = needle_of(prefix, "starts_with")
  if size > v["\0size"] then return false end
  return compare(cast(chars_t, v["\0address"]), size, bytes, size) == 0
end

function text_methods.ends_with(v, suffix)
  check(v)
  local bytes, size = needle_of(suffix, "ends_with")
  if size > v["\0size"] then return false end
  return compare(cast(chars_t, v["\0address"] + (v["\0size"] - size)), size, bytes, size) == 0
end

-- Whether a needle has no pattern characters, remembered: string.find with a pattern is not compiled.
local plain, plain_size = {}, 0

local function is_plain(needle)
  local known = plain[needle]
  if known == nil then
    known = not needle:find "[%^%$%*%+%?%.%(%)%[%%%-]"
    if plain_size > 1000 then plain, plain_size = {}, 0 end
    plain[needle], plain_size = known, plain_size + 1
  end
  return known
end

function text_methods.find(v, needle, init, plain_search)
  check(v)
  if type(needle) == "number" then needle = tostring(needle) end
  if not plain_search then
    if is_text(needle) then needle = to_string(needle) end
    if not is_plain(needle) then return to_string(v):find(needle, init) end
  end
  local bytes, size = needle_of(needle, "find")
  init = bound(init or 1)
  if init < 0 then init = v["\0size"] + init + 1 end
  if not (init >= 1) then init = 1 end
  if init > v["\0size"] + 1 then init = v["\0size"] + 1 end
  local at = find(v["\0address"], v["\0size"], bytes, size, init - 1)
  if at < 0 then return nil end
  return at + 1, at + size
end

-- The other string functions work on a Lua string.
for _, name in ipairs { "match", "gmatch", "gsub", "rep", "reverse", "format" } do
  local f = string[name]
  text_methods[name] = function(v, ...) return f(to_string(v), ...) end
end

local function no_arithmetic(a, b)
  error(("attempt to perform arithmetic on %s and %s; tonumber(text) makes a number"):format(
    is_text(a) and "a text" or M.type(a), is_text(b) and "a text" or M.type(b)), 0)
end

local function compared(a, b, operator)
  local a_bytes, a_size = bytes_of(a)
  local b_bytes, b_size = bytes_of(b)
  if not a_bytes or not b_bytes then
    error(("attempt to %s %s with %s"):format(operator, M.type(a), M.type(b)), 0)
  end
  return compare(a_bytes, a_size, b_bytes, b_size)
end

local function piece(v)
  if type(v) == "number" then v = tostring(v) end
  local bytes, size = bytes_of(v)
  if not bytes then error("attempt to concatenate " .. M.type(v) .. " value", 0) end
  return bytes, size
end

Text = ffi.metatype("struct tideway_text", {
  __index = text_methods,
  __newindex = function(_, name) error(("a text cannot be changed: `%s`"):format(M.tostring(name)), 0) end,
  __add = no_arithmetic, __sub = no_arithmetic, __mul = no_arithmetic, __div = no_arithmetic,
  __mod = no_arithmetic, __pow = no_arithmetic,
  __unm = function(v) no_arithmetic(v, 0) end,
  __len = text_methods.len,
  __tostring = to_string,
  __eq = function(a, b)
    local a_bytes, a_size = bytes_of(a)
    local b_bytes, b_size = bytes_of(b)
    if not a_bytes or not b_bytes or a_size ~= b_size then return false end
    return compare(a_bytes, a_size, b_bytes, b_size) == 0
  end,
  __lt = function(a, b) return compared(a, b, "compare") < 0 end,
  __le = function(a, b) return compared(a, b, "compare") <= 0 end,
  __concat = function(a, b)
    local a_bytes, a_size = piece(a)
    local b_bytes, b_size = piece(b)
    return made(concat(arena, a_bytes, a_size, b_bytes, b_size), a_size + b_size)
  end,
})
M.text_methods = text_methods
M.is_text = is_text
M.to_string = to_string

--- Begins the next row: the texts of the last one are given back, and its views become stale.
function M.next_row()
  generation = generation + 1
  if generation == 2 ^ 32 then generation = 1 end
  arena.next = arena.begin
end

local function is_int64(v)
  return type(v) == "cdata" and (istype(int64_t, v) or istype(uint64_t, v))
end
M.is_int64 = is_int64

-- A row is a cdata without fields: every access goes to its metamethods, and costs nothing compiled.
local function is_row(v)
  return type(v) == "cdata" and not istype(Text, v) and not is_int64(v) and not is_frozen(v)
end
M.is_row = is_row

--- Makes a row view whose metamethods are `meta`.
function M.new_row(meta)
  return ffi.metatype(ffi.typeof "struct { int32_t :32; }", meta)()
end

--- What `type` says of a value: a view is a string, a boxed int64 a number, a row a row.
function M.type(v)
  local t = type(v)
  if t ~= "cdata" then return t end
  if istype(Text, v) then return "string" end
  if is_int64(v) then return "number" end
  return is_frozen(v) and "table" or "row"
end

--- `tostring` for every value, equal in every state: a view's bytes, an int64's digits.
function M.tostring(v)
  if type(v) == "cdata" then
    if istype(Text, v) then return to_string(v) end
    if is_int64(v) then return (raw_tostring(v):gsub("U?LL$", "")) end
    return is_frozen(v) and "table" or "row"
  end
  local t = type(v)
  -- Without the address, which differs from state to state.
  if t == "function" or t == "thread" then return t end
  if t == "table" then
    local text = raw_tostring(v)
    return text:find "^table: 0x" and t or text
  end
  if v ~= v then return "nan" end
  return raw_tostring(v)
end

function M.tonumber(v, base)
  if is_text(v) then v = to_string(v) end
  if base then return raw_tonumber(v, base) end
  return raw_tonumber(v)
end

-- Whether a boxed integer is a float64 too, digit by digit.
local function is_exact(v)
  local number = raw_tonumber(v)
  if istype(uint64_t, v) then return number < 0x1p64 and cast(uint64_t, number) == v end
  return number < 0x1p63 and cast(int64_t, number) == v
end

-- Readers and writers are made from source text, one chunk per column, so that each has code of its
-- own: the compiler then sees one type and one set of pointers at each place.
local scope = {
  ffi = ffi, bit = bit, type = type, floor = math.floor, tonumber = tonumber,
  Text = Text, is_text = is_text, is_int64 = is_int64, is_exact = is_exact,
  append = append,
  chars_t = chars_t, uint64_t = uint64_t, int64_t = int64_t,
  generation = function() return generation end, bytes_of = bytes_of,
  full = function() error("more than 2 GiB of text in one batch", 0) end,
}

local reader_source = [[
local S = ...
local band, rshift, lshift, tonumber = S.bit.band, S.bit.rshift, S.bit.lshift, S.tonumber
local Text, generation, uint64_t = S.Text, S.generation, S.uint64_t
local bytes_t = S.ffi.typeof "const uint8_t *"
local values_t = S.ffi.typeof "const $C *"
local valid, has_nulls, offset, values, data
local function bind(array)
  offset = tonumber(array.offset)
  valid = S.ffi.cast(bytes_t, array.buffers[0])
  has_nulls = array.null_count ~= 0 and array.buffers[0] ~= nil
  values = S.ffi.cast(values_t, array.buffers[1])
  data = $D
end
local function read(i)
  i = i + offset
  if has_nulls and band(valid[rshift(i, 3)], lshift(1, band(i, 7))) == 0 then return nil end
  $R
end
return bind, read
]]

local number_read = "return tonumber(values[i])"
local int64_read = [[
  local v = values[i]
  if v >= -9007199254740992LL and v <= 9007199254740992LL then return tonumber(v) end
  return v]]
local text_read = [[
  local first = values[i]
  return Text(data + first, values[i + 1] - first, generation())]]

-- kind -> { C type of the values buffer, body of read, base address of text }
local readers = {
  bool = { "uint8_t", "return band(values[rshift(i, 3)], lshift(1, band(i, 7))) ~= 0" },
  int64 = { "int64_t", int64_read },
  uint64 = { "uint64_t", (int64_read:gsub("v >= %-%d+LL and ", ""):gsub("LL", "ULL")) },
  text = { "int32_t", text_read, "S.ffi.cast(uint64_t, array.buffers[2])" },
  large_text = {
    "int64_t",
    [[local first, last = values[i], values[i + 1]
      if last - first > 2147483647LL then error("a text above 2 GiB cannot be read", 0) end
      return Text(data + first, tonumber(last - first), generation())]],
    "S.ffi.cast(uint64_t, array.buffers[2])",
  },
}
for name, c in pairs {
  int8 = "int8_t", int16 = "int16_t", int32 = "int32_t", uint8 = "uint8_t", uint16 = "uint16_t",
  uint32 = "uint32_t", float32 = "float", float64 = "double",
} do
  readers[name] = { c, number_read }
end

local function fill(source, parts)
  return (source:gsub("%$(%u)", parts))
end

--- Makes the reader of a column of `kind`: bind(ArrowArray *) and read(row, from 0).
---@param kind string
function M.reader(kind)
  if kind == "null" then return function() end, function() return nil end end
  local r = readers[kind]
  local source = fill(reader_source, { C = r[1], R = r[2], D = r[3] or "0" })
  return assert(loadstring(source, "=" .. kind .. " reader"))(scope)
end

local writer_source = [[
local S, wrong, null = ...
local type, floor, tonumber, append, full = S.type, S.floor, S.tonumber, S.append, S.full
local is_text, bytes_of, istype = S.is_text, S.bytes_of, S.ffi.istype
local int64_t, uint64_t = S.int64_t, S.uint64_t
local values_t = S.ffi.typeof "$C *"
local state, values, builder
local function bind(column)
  state, values, builder = column.state, S.ffi.cast(values_t, column.values), column.builder
end
local function write(i, v)
  local t = type(v)
  $W
  if v ~= nil and v ~= null then wrong(v) end
  state[i] = 1
  $N
end
-- For a row that has no value: its state is 1 (null) or 2 (the old value stays).
local function skip(i, why)
  state[i] = why
  $N
end
return bind, write, skip
]]

local float_write = [[
  if t == "number" then values[i] = v return end
  if t == "cdata" and S.is_int64(v) and (not $E or S.is_exact(v)) then values[i] = tonumber(v) return end]]
-- Boxed integers beyond 2^53 are out of range for every type but the two of 64 bits.
local integer_write = [[
  if t == "cdata" and S.is_int64(v) then v = tonumber(v) t = "number" end
  if t == "number" and v == floor(v) and v >= $L and v <= $H then values[i] = v return end]]
local int64_write = [[
  if t == "number" and v == floor(v) and v >= $L and v < $H then values[i] = v return end
  if t == "cdata" and (istype($T, v) or istype($O, v) and v $X) then values[i] = v return end]]
local text_write = [[
  if t == "string" then
    if append(builder, v, #v) == 0 then full() end
    return
  elseif t == "cdata" and is_text(v) then
    local bytes, size = bytes_of(v)
    if append(builder, bytes, size) == 0 then full() end
    return
  end]]

-- kind -> { C type of the values buffer, body of write, what a row without a value needs }
local writers = {
  bool = { "uint8_t", [[if t == "boolean" then values[i] = v and 1 or 0 return end]] },
  float32 = { "float", float_write },
  float64 = { "double", float_write },
  text = { "uint8_t", text_write, "append(builder, nil, 0)" },
  int64 = {
    "int64_t",
    fill(int64_write, {
      L = "-0x1p63", H = "0x1p63", T = "int64_t", O = "uint64_t", X = "<= 0x7fffffffffffffffULL",
    }),
  },
  uint64 = {
    "uint64_t",
    fill(int64_write, { L = "0", H = "0x1p64", T = "uint64_t", O = "int64_t", X = ">= 0" }),
  },
}
writers.large_text = writers.text
for _, bits in ipairs { 8, 16, 32 } do
  local half = 2 ^ (bits - 1)
  writers["int" .. bits] = {
    ("int%d_t"):format(bits),
    fill(integer_write, { L = ("%d"):format(-half), H = ("%d"):format(half - 1) }),
  }
  writers["uint" .. bits] = {
    ("uint%d_t"):format(bits),
    fill(integer_write, { L = "0", H = ("%d"):format(2 * half - 1) }),
  }
end

--- Makes the writer of a result of `kind`: bind(TidewayColumn *), write(row, value) and
--- skip(row, state). `wrong(value)` must raise; `null` is the value that means null. With `exact`
--- a float64 takes no integer that it would round.
---@param kind string
---@param wrong fun(value: any)
---@param null userdata
---@param exact boolean
function M.writer(kind, wrong, null, exact)
  local w = writers[kind]
  local body = fill(w[2], { E = tostring(exact and kind == "float64") })
  local source = fill(writer_source, { C = w[1], W = body, N = w[3] or "" })
  return assert(loadstring(source, "=" .. kind .. " writer"))(scope, wrong, null)
end

--- Returns the columns of a batch and the columns of its results as indexable pointers.
function M.open(array, columns)
  return cast(array_t, array).children, cast(columns_t, columns)
end

--- Returns what flat_map's loop works with: the input row of each row that it writes, the span
--- (TidewaySpan), and a function that tells whether the texts written are enough for one batch.
function M.span(columns, parents, span)
  columns, span = cast(columns_t, columns), cast(ffi.typeof "struct TidewaySpan *", span)
  local function full() return text_bytes(columns, span.columns) >= span.text_bytes end
  return cast(ffi.typeof "uint32_t *", parents), span, full
end

--- Returns the byte mask that a filter writes.
function M.mask(pointer)
  return cast(ffi.typeof "uint8_t *", pointer)
end

return M
