--- Writes reports as one HTML page: no script, nothing from elsewhere, every value escaped. Light and dark as the
--- reader's system is, and fit to be printed. Charts are SVG.
local M = {}

local STYLE = [[
:root { color-scheme: light dark; --text: #1d2733; --soft: #5b6878; --line: #d7dde4; --page: #fff; --box: #f4f6f8;
  --bar: #2f6fb3; --good: #1f7a3f; --bad: #b3261e; --warn: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --text: #e2e7ed; --soft: #9aa7b5; --line: #354150; --page: #151b22;
  --box: #1e2630; --bar: #6ba4e0; --good: #63c287; --bad: #f2867e; --warn: #e0b060; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 66rem; color: var(--text); background: var(--page);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .4rem 0; } .soft, small { color: var(--soft); }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; }
.tile { background: var(--box); border: 1px solid var(--line); border-radius: 8px; padding: .5rem .9rem;
  min-width: 7.5rem; }
.tile b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .28rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); white-space: nowrap; }
td { overflow-wrap: anywhere; } td.n, th.n { text-align: right; white-space: nowrap; }
.passed { color: var(--good); font-weight: 600; } .failed { color: var(--bad); font-weight: 600; }
.warning { color: var(--warn); font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 0 2rem; }
figure { margin: .5rem 0 1rem; max-width: 34rem; break-inside: avoid; }
figcaption { color: var(--soft); font-size: .9rem; }
svg { width: 100%; height: auto; display: block; } svg rect { fill: var(--bar); } svg line { stroke: var(--line); }
svg text { fill: var(--text); font: 11px system-ui, "DejaVu Sans", sans-serif; } svg .soft { fill: var(--soft); }
@media print { body { padding: 0; max-width: none; font-size: 11px; } h2, tr { break-inside: avoid; break-after: auto; }
  svg rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
]]

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

--- Any value as text of a page.
---@param value any
---@return string
function M.escape(value)
  return (tostring(value):gsub("[&<>\"']", ENTITIES):gsub("[%z\1-\8\11\12\14-\31\127]", "\239\191\189"))
end
local escape = M.escape

--- A whole number with commas.
---@param n number
---@return string
function M.count(n)
  local digits = ("%.0f"):format(n)
  local sign, rest = digits:match "^(-?)(%d+)$"
  if not rest then return digits end
  return sign .. rest:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
end

--- A number in as many digits as are read at a glance.
---@param n number?
---@return string
function M.number(n)
  if type(n) ~= "number" then return n == nil and "" or tostring(n) end
  if n % 1 == 0 and math.abs(n) < 1e15 then return M.count(n) end
  if math.abs(n) >= 1000 and math.abs(n) < 1e15 then return M.count(math.floor(n + 0.5)) end
  return (("%.4g"):format(n))
end

--- Bytes in the largest unit that leaves one digit before the point.
---@param n number
---@return string
function M.bytes(n)
  if n < 1024 then return M.count(n) .. " B" end
  for _, unit in ipairs { "KiB", "MiB", "GiB", "TiB" } do
    n = n / 1024
    if n < 1024 or unit == "TiB" then return ("%.1f %s"):format(n, unit) end
  end
end

--- A share of 1 in per cent.
---@param share number
---@return string
function M.percent(share)
  if share ~= share then return "" end
  if share > 0 and share < 0.0001 then return "<0.01%" end
  return (("%.2f"):format(100 * share):gsub("%.?0+$", "")) .. "%"
end

--- A table. Cells are texts that are escaped here, or { html = ... }, which are not.
---@param heads string[] One that begins with `#` is of numbers.
---@param rows table[]
---@return string html
function M.table(heads, rows)
  local right, lines = {}, { '<div class="wide"><table><thead><tr>' }
  for i, head in ipairs(heads) do
    right[i] = head:sub(1, 1) == "#" and ' class="n"' or ""
    lines[#lines + 1] = ("<th%s>%s</th>"):format(right[i], escape((head:gsub("^#", ""))))
  end
  lines[#lines + 1] = "</tr></thead><tbody>\n"
  for _, row in ipairs(rows) do
    local cells = {}
    for i = 1, #heads do
      local cell = row[i]
      cells[i] = ("<td%s>%s</td>"):format(right[i], type(cell) == "table" and cell.html or escape(cell or ""))
    end
    lines[#lines + 1] = "<tr>" .. table.concat(cells) .. "</tr>\n"
  end
  lines[#lines + 1] = "</tbody></table></div>\n"
  return table.concat(lines)
end

local function text_at(x, y, text, anchor, class)
  return ('<text x="%g" y="%g" text-anchor="%s"%s>%s</text>'):format(x, y, anchor,
    class and (' class="%s"'):format(class) or "", escape(text))
end

local function rect(x, y, width, height, title)
  return ('<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" rx="1.5"><title>%s</title></rect>'):format(x, y, width,
    height, escape(title))
end

local function figure(caption, width, height, parts)
  return ('<figure><figcaption>%s</figcaption><svg viewBox="0 0 %d %d" role="img" aria-label="%s">%s</svg></figure>\n')
    :format(escape(caption), width, height, escape(caption), table.concat(parts))
end

local function cut(text, most)
  text = tostring(text)
  local kept, characters = {}, 0
  for character in text:gmatch "[%z\1-\127\194-\244][\128-\191]*" do
    characters = characters + 1
    if characters > most then return table.concat(kept, "", 1, most - 1) .. "…" end
    kept[characters] = character
  end
  return text
end

--- Lying bars, one for each entry.
---@param caption string
---@param entries { label: string, value: number, text: string? }[]
---@return string html
function M.bars(caption, entries)
  local most, height, parts = 0, 20, {}
  for _, entry in ipairs(entries) do most = math.max(most, entry.value) end
  for i, entry in ipairs(entries) do
    local y, text = (i - 1) * height, entry.text or M.number(entry.value)
    local width = most > 0 and entry.value / most * 270 or 0
    parts[#parts + 1] = text_at(124, y + 14, cut(entry.label, 20), "end")
    parts[#parts + 1] = rect(130, y + 3, math.max(width, entry.value > 0 and 1 or 0), height - 6,
      entry.label .. ": " .. text)
    parts[#parts + 1] = text_at(136 + width, y + 14, text, "start", "soft")
  end
  return figure(caption, 480, math.max(#entries, 1) * height, parts)
end

--- Standing bars side by side, as of a histogram.
---@param caption string
---@param bars { label: string, value: number, title: string? }[] A label is where its bar begins.
---@return string html
function M.histogram(caption, bars)
  local width, top, bottom, left = 480, 14, 128, 4
  local most, parts = 0, {}
  for _, bar in ipairs(bars) do most = math.max(most, bar.value) end
  local step = (width - 2 * left) / math.max(#bars, 1)
  local every = math.max(1, math.ceil(#bars * 44 / width))
  for i, bar in ipairs(bars) do
    local x = left + (i - 1) * step
    local height = most > 0 and bar.value / most * (bottom - top) or 0
    if bar.value > 0 then height = math.max(height, 1) end
    parts[#parts + 1] = rect(x + step * 0.06, bottom - height, step * 0.88, height,
      (bar.title or bar.label) .. ": " .. M.number(bar.value))
    if (i - 1) % every == 0 then parts[#parts + 1] = text_at(x, bottom + 14, bar.label, "start", "soft") end
  end
  parts[#parts + 1] = ('<line x1="0" y1="%d" x2="%d" y2="%d"/>'):format(bottom, width, bottom)
  parts[#parts + 1] = text_at(width - 2, 10, "most: " .. M.number(most), "end", "soft")
  return figure(caption, width, bottom + 20, parts)
end

--- Numbers that come first.
---@param tiles { label: string, value: string, class: string? }[]
---@return string html
function M.tiles(tiles)
  local parts = {}
  for i, tile in ipairs(tiles) do
    parts[i] = ('<div class="tile"><b%s>%s</b>%s</div>'):format(
      tile.class and (' class="%s"'):format(tile.class) or "", escape(tile.value), escape(tile.label))
  end
  return '<div class="tiles">' .. table.concat(parts) .. "</div>\n"
end

--- Charts side by side where there is room.
---@param charts string[]
---@return string html
function M.side_by_side(charts) return '<div class="charts">' .. table.concat(charts) .. "</div>\n" end

--- The page.
---@param title string
---@param parts string[] HTML
---@return string html
function M.page(title, parts)
  return table.concat {
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
    [[<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">]], "\n",
    "<title>", escape(title), "</title>\n<style>\n", STYLE, "</style>\n</head>\n<body>\n<h1>", escape(title), "</h1>\n",
    table.concat(parts), "</body>\n</html>\n",
  }
end

--- The bars of a profile's numbers by powers of two: 0, then from 1 on, from 2 on, from 4 on ...
---@param numbers table A column's, as of `tw.validate.profile`.
---@param shown? fun(n: number): string
---@return { label: string, value: number, title: string }[]
function M.octaves(numbers, shown)
  shown = shown or M.number
  local counts, least, greatest = {}, math.huge, -math.huge
  local below, zero = 0, 0
  for _, bin in ipairs(numbers.bins or {}) do
    local edge, count = bin[1], bin[2]
    if edge < 0 then
      below = below + count
    elseif edge == 0 then
      zero = zero + count
    else
      local _, exponent = math.frexp(edge)
      exponent = exponent - 1
      counts[exponent] = (counts[exponent] or 0) + count
      least, greatest = math.min(least, exponent), math.max(greatest, exponent)
    end
  end
  local bars = {}
  if below > 0 then bars[1] = { label = "<0", value = below, title = "below 0" } end
  if zero > 0 then bars[#bars + 1] = { label = "0", value = zero, title = "0" } end
  if least <= greatest then
    for exponent = least, greatest do
      local from = 2 ^ exponent
      bars[#bars + 1] = {
        label = shown(from), value = counts[exponent] or 0,
        title = ("from %s, below %s"):format(M.number(from), M.number(2 * from)),
      }
    end
  end
  return bars
end

return M
