--- What `tw.stats.report` found as JSON and HTML.
local json = require "tideway.json"
local page = require "tideway.internal.page"
local values = require "tideway.core.values"

local M = {}

local function name_of(group)
  local names = {}
  for i, part in ipairs(group.value) do names[i] = part == values.null and "(none)" or tostring(part) end
  return table.concat(names, ", ")
end

-- As a whole where the sums are whole numbers.
local function sum_of(group, column) return group.numbers[column] and group.numbers[column].sum or 0 end

-- The languages by their bytes, the largest first.
local function groups_of(report)
  local groups = {}
  for i, group in ipairs(report.groups) do groups[i] = group end
  if #groups == 0 and report.rows > 0 then
    groups[1] = { value = { "all" }, rows = report.rows, numbers = report.numbers }
  end
  table.sort(groups, function(a, b)
    local left, right = sum_of(a, "bytes"), sum_of(b, "bytes")
    if left ~= right then return left > right end
    return name_of(a) < name_of(b)
  end)
  return groups
end

local KEYS = { "title", "rows", "numbers", "groups", "tokens", "duplicates", "pii" }

--- The report as JSON.
---@param report table
---@param title string
---@return string
function M.json(report, title)
  local copy = { title = title }
  for _, key in ipairs(KEYS) do copy[key] = copy[key] or report[key] end
  return json.encode(values.object(copy, KEYS)) .. "\n"
end

local function tiles(report, groups)
  local list = {
    { label = "files", value = page.count(report.rows) },
    { label = "bytes", value = page.bytes(sum_of(report, "bytes")) },
    { label = "languages", value = page.count(#groups) },
    { label = "lines", value = page.count(sum_of(report, "lines")) },
    { label = "functions", value = page.count(sum_of(report, "functions")) },
  }
  if report.tokens then
    list[#list + 1] = { label = "tokens", value = page.count(sum_of(report, report.tokens)) }
  end
  if report.duplicates and report.duplicates.rows_to_remove then
    list[#list + 1] = { label = "near-duplicates", value = page.count(report.duplicates.rows_to_remove) }
  end
  if report.pii then
    local findings = 0
    for _, kind in ipairs(report.pii) do findings = findings + kind.findings end
    list[#list + 1] = { label = "PII findings", value = page.count(findings) }
  end
  return page.tiles(list)
end

local function share(part, whole) return whole > 0 and page.percent(part / whole) or "" end

local LANGUAGE_HEADS = {
  "language", "#files", "#bytes", "#share", "#lines", "#code", "#comments", "#blank", "#functions",
}

local function language_part(report, groups)
  local rows, files, bytes = {}, {}, {}
  for i, group in ipairs(groups) do
    local lines, size = sum_of(group, "lines"), sum_of(group, "bytes")
    local name = name_of(group)
    rows[i] = {
      name, page.count(group.rows), page.bytes(size), share(size, sum_of(report, "bytes")), page.count(lines),
      share(sum_of(group, "code_lines"), lines), share(sum_of(group, "comment_lines"), lines),
      share(sum_of(group, "blank_lines"), lines), page.count(sum_of(group, "functions")),
    }
    if i <= 20 then
      files[i] = { label = name, value = group.rows }
      bytes[i] = { label = name, value = size, text = page.bytes(size) }
    end
  end
  return "<h2>Languages</h2>\n" .. page.side_by_side { page.bars("files", files), page.bars("bytes", bytes) }
    .. page.table(LANGUAGE_HEADS, rows)
end

local QUANTILES = { "min", "p5", "p25", "p50", "p75", "p95", "p99", "max" }
local QUANTILE_HEADS = { "#min", "#5%", "#25%", "#median", "#75%", "#95%", "#99%", "#max", "#mean" }

-- The quantiles of one measure, of all rows and of the largest languages.
local function quantile_table(report, groups, column, shown)
  local rows = {}
  local function add(name, numbers)
    if not numbers or numbers.count == 0 then return end
    local row = { name }
    for _, key in ipairs(QUANTILES) do row[#row + 1] = shown(numbers[key]) end
    row[#row + 1] = shown(numbers.mean)
    rows[#rows + 1] = row
  end
  add("all", report.numbers[column])
  for i = 1, math.min(#groups, 12) do
    if #groups > 1 then add(name_of(groups[i]), groups[i].numbers[column]) end
  end
  local heads = { "" }
  for i, head in ipairs(QUANTILE_HEADS) do heads[i + 1] = head end
  return page.table(heads, rows)
end

local function size_text(n) return page.bytes(math.floor(n + 0.5)) end

-- A power of two, in its units.
local function short(n)
  if n < 1024 then return page.number(n) end
  if n < 2 ^ 20 then return page.number(n / 1024) .. "Ki" end
  if n < 2 ^ 30 then return page.number(n / 2 ^ 20) .. "Mi" end
  return page.number(n / 2 ^ 30) .. "Gi"
end

local function distribution_part(title, report, groups, column, chart, shown)
  return ("<h2>%s</h2>\n"):format(title) .. page.histogram(chart, page.octaves(report.numbers[column], short))
    .. quantile_table(report, groups, column, shown)
end

local COMPLEXITY = {
  { "lines", "Lines of a file" }, { "code_lines", "Lines of code" }, { "functions", "Functions of a file" },
  { "nesting", "Depth of blocks" }, { "longest_line", "Bytes of the longest line" },
  { "comment_lines", "Lines of comments" },
}

local function complexity_part(report, groups)
  local charts = {}
  for i, measure in ipairs(COMPLEXITY) do
    charts[i] = page.histogram(measure[2], page.octaves(report.numbers[measure[1]], short))
  end
  local tables = {}
  for _, measure in ipairs { COMPLEXITY[1], COMPLEXITY[3], COMPLEXITY[4], COMPLEXITY[5] } do
    tables[#tables + 1] = ("<h3>%s</h3>\n"):format(measure[2])
      .. quantile_table(report, groups, measure[1], page.number)
  end
  return "<h2>Complexity</h2>\n" .. page.side_by_side(charts) .. table.concat(tables)
end

local function kept_table(entries)
  local rows = {}
  for i, entry in ipairs(entries) do
    local kept = entry.value[1]
    local group = { value = { unpack(entry.value, 2) } }
    local state = kept == values.null and "(none)" or kept and "kept" or "removed"
    rows[i] = { name_of(group), state, page.count(entry.count) }
  end
  return page.table({ "language", "", "#files" }, rows)
end

local function duplicates_part(report)
  local found = report.duplicates
  local parts = { "<h2>Duplicates</h2>\n" }
  if found.clusters then
    parts[#parts + 1] = ("<p>%s files lie in %s clusters of two or more; keeping one of each removes %s (%s). "
      .. "The largest has %s.</p>\n")
      :format(page.count(found.rows_in_clusters), page.count(found.clusters), page.count(found.rows_to_remove),
        share(found.rows_to_remove, report.rows), page.count(found.largest))
    parts[#parts + 1] = page.histogram("Files in a cluster, those in none being one", page.octaves(found.sizes, short))
  end
  if found.kept then parts[#parts + 1] = kept_table(found.kept) end
  return table.concat(parts)
end

local function pii_part(report)
  local rows, bars = {}, {}
  for i, kind in ipairs(report.pii) do
    rows[i] = { kind.kind, page.count(kind.findings), kind.rows and page.count(kind.rows) or "" }
    bars[i] = { label = kind.kind, value = kind.findings }
  end
  return "<h2>Personal data and secrets</h2>\n" .. page.bars("findings", bars)
    .. page.table({ "kind", "#findings", "#files" }, rows)
end

--- The report as an HTML page.
---@param report table
---@param title string
---@return string
function M.html(report, title)
  local groups = groups_of(report)
  local parts = {
    tiles(report, groups), language_part(report, groups),
    distribution_part("Sizes", report, groups, "bytes", "Bytes of a file, by powers of two", size_text),
  }
  if report.tokens then
    parts[#parts + 1] = distribution_part("Tokens", report, groups, report.tokens, "Tokens of a file, by powers of two",
      page.number)
  end
  parts[#parts + 1] = complexity_part(report, groups)
  if report.duplicates then parts[#parts + 1] = duplicates_part(report) end
  if report.pii then parts[#parts + 1] = pii_part(report) end
  parts[#parts + 1] = '<p class="soft">Counts and sums are exact; quantiles are within 0.4 %.</p>\n'
  return page.page(title, parts)
end

return M
