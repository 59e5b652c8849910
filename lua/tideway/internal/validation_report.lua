--- What `rows:validate` found as text, JSON and HTML.
local json = require "tideway.json"
local options_kit = require "tideway.internal.options"
local page = require "tideway.internal.page"
local values = require "tideway.core.values"

local M = {}

local MODES = { refuse = "refuse", drop = "drop rows that fail", tag = "tag rows that fail" }

local function plural(n, word) return ("%s %s%s"):format(page.count(n), word, n == 1 and "" or "s") end

-- "12 of 1,000 rows (first 5, 17, 99)", or what was found and what was asked for.
local function detail(outcome, rows)
  if outcome.failed then
    local first = {}
    for i = 1, math.min(3, #outcome.rows) do first[i] = page.count(outcome.rows[i]) end
    local where = #first > 0 and (", first %s"):format(table.concat(first, " ")) or ""
    return ("%s of %s fail%s"):format(page.count(outcome.failed), plural(rows, "row"), where)
  end
  if not outcome.limit then return outcome.found end
  return ("%s, expected %s"):format(outcome.found, outcome.limit)
end

--- One outcome in a line of an error or a log.
---@param outcome table
---@param rows integer
---@return string
function M.outcome_text(outcome, rows) return ("%s (%s)"):format(outcome.name, detail(outcome, rows)) end

local function state_of(outcome)
  if not outcome.passed then return outcome.warning and "warning" or "failed" end
  return outcome.drops and outcome.failed > 0 and "dropped" or "passed"
end

--- For a terminal.
---@param result tideway.validate.Result
---@return string
function M.text(result)
  local counts = result.counts
  local lines = {
    ("%s: %s, %s"):format(result.passed and "passed" or "failed", plural(counts.rows, "row"),
      plural(#result.outcomes, "expectation")),
  }
  if counts.kept ~= counts.rows then lines[1] = lines[1] .. (", %s left"):format(page.count(counts.kept)) end
  local width = 0
  for _, outcome in ipairs(result.outcomes) do width = math.max(width, #outcome.name) end
  for _, outcome in ipairs(result.outcomes) do
    lines[#lines + 1] = ("  %-7s  %-" .. width .. "s  %s"):format(state_of(outcome), outcome.name,
      detail(outcome, counts.rows))
  end
  return table.concat(lines, "\n")
end

local KEYS = { "passed", "mode", "rows", "failed_rows", "kept_rows", "dropped", "expectations", "profile" }
local OUTCOME_KEYS = { "name", "passed", "warning", "failed", "share", "rows", "limit", "found", "fences", "shown" }

local function ordered(keys, from)
  local object = {}
  for _, key in ipairs(keys) do object[key] = from[key] end
  return values.object(object, keys)
end

--- The report as JSON.
---@param result tideway.validate.Result
---@return string
function M.json(result)
  local outcomes = {}
  for i, outcome in ipairs(result.outcomes) do
    outcomes[i] = ordered(OUTCOME_KEYS, outcome)
    if outcome.rows then outcomes[i].rows = values.array(outcome.rows) end
  end
  return json.encode(ordered(KEYS, {
    passed = result.passed, mode = result.mode, rows = result.counts.rows, failed_rows = result.counts.failed,
    kept_rows = result.counts.kept, dropped = values.object(result.dropped), expectations = values.array(outcomes),
    profile = result.profile,
  }), { indent = 2 }) .. "\n"
end

local function shown_text(row)
  local cells = {}
  for key, value in json.pairs(row) do cells[#cells + 1] = ("%s = %s"):format(key, tostring(value)) end
  return table.concat(cells, ", ")
end

local function outcome_row(outcome)
  local state = state_of(outcome)
  local class = state == "dropped" and "warning" or state
  local rows = {}
  for i, row in ipairs(outcome.rows or {}) do rows[i] = page.count(row) end
  local found = outcome.found or ""
  if outcome.fences then
    found = ("%s%s to %s"):format(found, page.number(outcome.fences[1]), page.number(outcome.fences[2]))
  end
  local where = page.escape(table.concat(rows, ", "))
  for _, row in ipairs(outcome.shown or {}) do
    where = ("%s<br><small>%s</small>"):format(where, page.escape(shown_text(row)))
  end
  return {
    { html = ('<span class="%s">%s</span>'):format(class, state) }, outcome.name, outcome.limit or "", found,
    outcome.failed and page.count(outcome.failed) or "", outcome.share and page.percent(outcome.share) or "",
    { html = where },
  }
end

local function distribution_parts(profile)
  local charts = {}
  for _, name in ipairs(options_kit.sorted_keys(profile.numbers or {})) do
    charts[#charts + 1] = page.histogram(name, page.octaves(profile.numbers[name]))
  end
  for _, entry in ipairs(profile.categories or {}) do
    local bars = {}
    for i, value in ipairs(entry.values == values.null and {} or entry.values) do
      if i > 12 then break end
      local texts = {}
      for k, part in ipairs(value.value) do texts[k] = part == values.null and "null" or tostring(part) end
      bars[i] = { label = table.concat(texts, ", "), value = value.count }
    end
    charts[#charts + 1] = page.bars(table.concat(entry.columns, ", ") .. ": the most frequent values", bars)
  end
  if #charts == 0 then return "" end
  return "<h2>Distributions</h2>\n" .. page.side_by_side(charts)
end

--- The report as an HTML page.
---@param result tideway.validate.Result
---@return string
function M.html(result)
  local counts, failed = result.counts, 0
  for _, outcome in ipairs(result.outcomes) do
    if not outcome.passed and not outcome.warning then failed = failed + 1 end
  end
  local state = result.passed and "passed" or "failed"
  local tiles = {
    { label = "result", value = state, class = state },
    { label = "rows", value = page.count(counts.rows) },
    { label = "expectations", value = page.count(#result.outcomes) },
    { label = "not met", value = page.count(failed) },
  }
  if result.mode == "drop" then
    tiles[#tiles + 1] = { label = "rows dropped", value = page.count(counts.rows - counts.kept) }
  elseif counts.failed then
    tiles[#tiles + 1] = { label = "rows that fail a rule", value = page.count(counts.failed) }
  end
  local rows = {}
  for i, outcome in ipairs(result.outcomes) do rows[i] = outcome_row(outcome) end
  local parts = {
    page.tiles(tiles), ("<p class=\"soft\">Mode: %s. Rows are numbered from 1.</p>\n"):format(MODES[result.mode]),
    "<h2>Expectations</h2>\n",
    page.table({ "", "expectation", "expected", "found", "#rows", "#share", "first rows" }, rows),
    distribution_parts(result.profile or {}),
  }
  if next(result.dropped) then
    local dropped = {}
    for _, name in ipairs(options_kit.sorted_keys(result.dropped)) do
      dropped[#dropped + 1] = { label = name, value = result.dropped[name] }
    end
    parts[#parts + 1] = "<h2>Dropped rows</h2>\n" .. page.bars("by the first expectation that they fail", dropped)
  end
  return page.page("Validation", parts)
end

return M
