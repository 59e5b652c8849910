--- Draws what `Dataset:describe` found as a table for a terminal of 80 columns.
local M = {}

local WIDTH = 80
local BLOCKS = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }
local HEADS = { "column", "type", "nulls", "distinct", "min", "mean", "max", "histogram" }
-- The widest that a cell is drawn, and the least that it is cut to where the table is too wide.
local MOST = { 24, 10, 6, 8, 12, 9, 12, 10 }
local LEAST = { 8, 9, 5, 8, 10, 6, 10, 9 }
local IS_LEFT = { true, true, [8] = true }

-- Ranges of characters that take no place, or two.
local NO_WIDTH = {
  { 0x300, 0x36F }, { 0x483, 0x489 }, { 0x591, 0x5BD }, { 0x610, 0x61A }, { 0x64B, 0x65F },
  { 0x900, 0x902 }, { 0x93A, 0x93A }, { 0x93C, 0x93C }, { 0x941, 0x948 }, { 0x94D, 0x94D },
  { 0x951, 0x957 }, { 0x962, 0x963 }, { 0x981, 0x981 }, { 0x9BC, 0x9BC }, { 0x9C1, 0x9C4 },
  { 0x9CD, 0x9CD }, { 0xE31, 0xE31 }, { 0xE34, 0xE3A }, { 0xE47, 0xE4E }, { 0x200B, 0x200F },
  { 0x202A, 0x202E }, { 0x2060, 0x2064 }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF },
}
local TWO_WIDE = {
  { 0x1100, 0x115F }, { 0x2E80, 0x303E }, { 0x3041, 0x33FF }, { 0x3400, 0x4DBF }, { 0x4E00, 0x9FFF },
  { 0xA000, 0xA4CF }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 },
  { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD },
}

local function code_of(character)
  local code, first = 0, character:byte()
  if first < 0x80 then return first end
  code = first >= 0xF0 and first % 8 or first >= 0xE0 and first % 16 or first % 32
  for i = 2, #character do code = code * 64 + character:byte(i) % 64 end
  return code
end

local function is_in(ranges, code)
  for _, range in ipairs(ranges) do
    if code <= range[2] then return code >= range[1] end
  end
  return false
end

local function width_of_character(character)
  local code = code_of(character)
  if code < 0x300 then return 1 end
  return is_in(NO_WIDTH, code) and 0 or is_in(TWO_WIDE, code) and 2 or 1
end

local function characters(text) return text:gmatch "[%z\1-\127\194-\244][\128-\191]*" end

local function width_of(text)
  local width = 0
  for character in characters(text) do width = width + width_of_character(character) end
  return width
end

local function cut(text, width)
  if width_of(text) <= width then return text end
  local kept, used = {}, 0
  for character in characters(text) do
    used = used + width_of_character(character)
    if used > width - 1 then break end
    kept[#kept + 1] = character
  end
  return table.concat(kept) .. "…"
end

local function one_line(text) return (tostring(text):gsub("[%z\1-\31\127]", " ")) end

local function count_text(n)
  if n < 1e5 then
    local text = ("%d"):format(n)
    return (text:gsub("^(%d+)(%d%d%d)$", "%1,%2"))
  end
  for _, scale in ipairs { { 1e12, "T" }, { 1e9, "B" }, { 1e6, "M" }, { 1e3, "k" } } do
    if n >= scale[1] then
      local text = ("%.3g"):format(n / scale[1])
      return (text:find "e" and ("%d"):format(n / scale[1]) or text) .. scale[2]
    end
  end
end

local function share_text(share)
  if share > 0 and share < 0.001 then return "<0.1%" end
  if share < 1 and share > 0.999 then return ">99.9%" end
  return ((share < 0.1 and "%.1f%%" or "%.0f%%"):format(100 * share):gsub("%.0%%", "%%"))
end

local function number_text(v)
  local number = tonumber(v) or tonumber((tostring(v):gsub("U?LL$", "")))
  if not number then return tostring(v) end
  local size = math.abs(number)
  if size < 1e9 and (number % 1 == 0 or size >= 1000) then return ("%.0f"):format(number) end
  return (("%.4g"):format(number):gsub("e%+?(%-?)0*(%d)", "e%1%2"))
end

local function value_text(v)
  if v == nil then return "" end
  if type(v) == "string" then return one_line(v) end
  return number_text(v)
end

local function bars(counts)
  local most = 0
  for _, count in ipairs(counts) do most = math.max(most, count) end
  local drawn = {}
  for i, count in ipairs(counts) do
    drawn[i] = count == 0 and " " or BLOCKS[math.max(1, math.floor(count / most * 8 + 0.5))]
  end
  return table.concat(drawn)
end

local function shows_top(column)
  local first = column.top[1]
  if not first or first.count == 1 then return false end
  return column.labels ~= nil or type(first.value) == "string" or type(first.value) == "boolean"
end

local function histogram(column)
  local counts = {}
  for i, bar in ipairs(shows_top(column) and column.top or column.histogram) do counts[i] = bar.count end
  return bars(counts)
end

local function distinct_text(column)
  if not column.distinct then return "" end
  return (column.distinct_is_exact and "" or "~") .. count_text(column.distinct)
end

-- The three cells of the least, the middle and the greatest.
local function spread(column)
  local length = column.length
  if length then
    return "len " .. length.min, "len " .. number_text(math.floor(length.mean + 0.5)), "len " .. length.max
  end
  if column.labels then return "", "", "" end
  if type(column.min) == "boolean" then return "", share_text(column.mean) .. " yes", "" end
  local mean = column.mean and number_text(column.mean) or ""
  if type(column.min) == "table" and column.min.iso then
    local first, last = column.min:iso(), column.max:iso()
    local is_one_day = first:sub(1, 10) == last:sub(1, 10) and #first > 10
    local from, to = is_one_day and 12 or 1, is_one_day and 19 or 10
    return first:sub(from, to), mean, last:sub(from, to)
  end
  return value_text(column.min), mean, value_text(column.max)
end

local function cells_of(column, rows)
  local nulls = column.nulls == 0 and "0" or share_text(column.nulls / rows)
  local kind = column.type:match("^%w+"):gsub("^decimal%d+", "decimal")
  local least, middle, greatest = spread(column)
  return {
    one_line(column.name), kind, nulls, distinct_text(column), least, middle, greatest, histogram(column),
  }
end

local function total(widths)
  local sum = 2 * (#widths - 1)
  for _, width in ipairs(widths) do sum = sum + width end
  return sum
end

-- As wide as the cells are, within the limits; what is too wide in all is taken off the widest.
local function widths_of(lines)
  local widths = {}
  for i = 1, #HEADS do
    local width = 0
    for _, cells in ipairs(lines) do width = math.max(width, width_of(cells[i])) end
    widths[i] = math.min(width, MOST[i])
  end
  while total(widths) > WIDTH do
    local widest
    for i = 1, #HEADS do
      local spare = widths[i] - LEAST[i]
      if spare > 0 and (not widest or spare > widths[widest] - LEAST[widest]) then widest = i end
    end
    if not widest then break end
    widths[widest] = widths[widest] - 1
  end
  return widths
end

local function draw(cells, widths)
  local drawn = {}
  for i, width in ipairs(widths) do
    local text = cut(cells[i], width)
    local space = (" "):rep(width - width_of(text))
    drawn[i] = IS_LEFT[i] and text .. space or space .. text
  end
  return (table.concat(drawn, "  "):gsub("%s+$", ""))
end

-- The most frequent values of a column with few.
local function top_line(column, rows)
  local values = {}
  for i, top in ipairs(column.top) do
    local text = one_line(top.label or tostring(top.value))
    values[i] = ("%s %s"):format(text == "" and '""' or text, share_text(top.count / rows))
  end
  return cut("  └ " .. table.concat(values, " · "), WIDTH)
end

local function plural(n, word) return ("%s %s%s"):format(count_text(n), word, n == 1 and "" or "s") end

--- The summary as text: a line for each column, and one more for a column of few different values.
---@param summary table what `Dataset:describe` gives
---@return string
function M.text(summary)
  local lines = { HEADS }
  for i, column in ipairs(summary.columns) do lines[i + 1] = cells_of(column, summary.rows) end
  local widths = widths_of(lines)
  local text = {
    plural(summary.rows, "row") .. " × " .. plural(#summary.columns, "column"), "", draw(HEADS, widths),
  }
  local has_estimate = false
  for i, column in ipairs(summary.columns) do
    text[#text + 1] = draw(lines[i + 1], widths)
    if shows_top(column) then text[#text + 1] = top_line(column, summary.rows) end
    has_estimate = has_estimate or not column.distinct_is_exact
  end
  if has_estimate then text[#text + 1] = "\n~ estimated, to about 1 %" end
  return table.concat(text, "\n")
end

return M
