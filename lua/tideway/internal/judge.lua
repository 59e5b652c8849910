--- Decides what findings about a dataset mean for its expectations.
local core = require "tideway.core.validate"
local options_kit = require "tideway.internal.options"
local page = require "tideway.internal.page"
local values = require "tideway.core.values"

local M = {}

local function add(outcomes, outcome)
  outcomes[#outcomes + 1] = outcome
  return outcome
end

local function same(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do
    if a[i] ~= b[i] then return false end
  end
  return true
end

--- The entry of a profile about a combination of columns.
---@param profile table
---@param columns string[]
---@return table?
function M.categories(profile, columns)
  for _, entry in ipairs(profile.categories or {}) do
    if type(entry.columns) == "table" and same(entry.columns, columns) then return entry end
  end
end

--- What a profile knows of a column: numbers, else categories.
---@param profile table
---@param column string
---@return table?
function M.column(profile, column)
  return profile.numbers and profile.numbers[column] or M.categories(profile, { column })
end

-- Whether a column's type is the one of that name. How wide the offsets of texts are is nobody's concern.
local function is_type(found, name)
  if found == name or found == "large_" .. name then return true end
  return found == core.type_text(name)
end

--- Compares the columns that there are with those that are expected.
---@param columns tideway.dataset.Column[]
---@param expectations table
---@return table[] outcomes
---@return table<string, boolean> usable Columns whose rules can be checked.
function M.schema(columns, expectations)
  local outcomes, usable, types = {}, {}, {}
  for _, column in ipairs(columns) do types[column.name] = column.type end
  for _, name in ipairs(options_kit.sorted_keys(expectations.columns or {})) do
    local expected = expectations.columns[name]
    local found = types[name]
    usable[name] = found ~= nil
    if not found and not expected.optional then
      add(outcomes, { name = name .. ".present", passed = false, found = "no such column" })
    elseif found and expected.type then
      usable[name] = is_type(found, expected.type)
      add(outcomes, { name = name .. ".type", passed = usable[name], limit = expected.type, found = found })
    end
  end
  if expectations.extra_columns == false then
    local extra = {}
    for _, column in ipairs(columns) do
      if not (expectations.columns or {})[column.name] then extra[#extra + 1] = column.name end
    end
    add(outcomes, { name = "extra_columns", passed = #extra == 0, limit = "none",
      found = #extra == 0 and "none" or table.concat(extra, ", ") })
  end
  return outcomes, usable
end

--- The numbers of rows.
---@param found table
---@param mode string
---@return table
function M.counts(found, mode)
  local kept = found.rows - (mode == "drop" and found.failed_rows or 0)
  return { rows = found.rows, failed = found.is_exact and found.failed_rows or nil, kept = kept }
end

--- Adds the outcome of each rule about rows.
function M.rules(outcomes, rules, found, result, warnings)
  local drops = result.mode == "drop"
  for i, rule in ipairs(rules) do
    local finding = found.rules[i]
    local counted = rule.only_counted or warnings[rule.name]
    local of = drops and counted and result.counts.kept or found.rows
    local share = of > 0 and finding.failed / of or 0
    local positions = {}
    for k, row in ipairs(finding.examples) do positions[k] = row + 1 end
    local is_met = share <= rule.max_failed
    if drops and not counted and rule.max_failed == 0 then is_met = true end
    add(outcomes, {
      name = rule.name, passed = is_met, failed = finding.failed, share = share, rows = positions,
      limit = rule.limit, fences = finding.fences, drops = drops and not counted,
      found = rule.is_share and tostring(1 - share) or nil,
    })
    if drops and finding.first_failed > 0 then result.dropped[rule.name] = finding.first_failed end
  end
end

local function shares_of(entry)
  local total, shares = 0, {}
  for _, value in ipairs(entry.values) do
    local last = value.value[#value.value]
    if last ~= values.null then
      total = total + value.count
      shares[#shares + 1] = { value = last, count = value.count }
    end
  end
  for _, share in ipairs(shares) do share.share = share.count / total end
  return shares, total
end

local function list_text(list)
  local texts = {}
  for i = 1, math.min(#list, 5) do texts[i] = tostring(list[i]) end
  if #list > 5 then texts[6] = ("and %d more"):format(#list - 5) end
  return table.concat(texts, ", ")
end

-- Of the rows of one group: half the sum of the differences between its shares and those of all.
local function difference(group, all)
  local seen, sum = {}, 0
  for value, count in pairs(group.counts) do seen[value] = count / group.rows end
  for value, share in pairs(all) do sum = sum + math.abs((seen[value] or 0) - share) end
  return sum / 2
end

local function group_balance(outcomes, balance, profile, shares)
  local entry = M.categories(profile, { balance.by, balance.column })
  local name = balance.column .. ".balance_by_" .. balance.by
  local limit = balance.max_difference or 0.2
  if not entry or entry.values == values.null then
    return add(outcomes, { name = name, passed = false, limit = tostring(limit), found = "more than 10,000 values" })
  end
  local all, groups = {}, {}
  for _, share in ipairs(shares) do all[tostring(share.value)] = share.share end
  for _, value in ipairs(entry.values) do
    local group_name, label = tostring(value.value[1]), value.value[2]
    if label ~= values.null then
      local group = groups[group_name] or { rows = 0, counts = {} }
      groups[group_name] = group
      group.rows = group.rows + value.count
      group.counts[tostring(label)] = value.count
    end
  end
  local worst, worst_name = 0, nil
  for _, group_name in ipairs(options_kit.sorted_keys(groups)) do
    local group = groups[group_name]
    local distance = group.rows >= (balance.min_group or 100) and difference(group, all) or 0
    if distance > worst then worst, worst_name = distance, group_name end
  end
  add(outcomes, { name = name, passed = worst <= limit, limit = "at most " .. limit,
    found = worst_name and ("%.4g in %s"):format(worst, worst_name) or "0" })
end

local function balance_outcomes(outcomes, balance, profile)
  local entry = M.categories(profile, { balance.column })
  local name = balance.column
  if not entry or entry.values == values.null then
    return add(outcomes, { name = name .. ".balance", passed = false, found = "more than 10,000 values" })
  end
  local shares = shares_of(entry)
  local rarest, commonest = shares[#shares], shares[1]
  local function found(share)
    return share and ("%s: %s"):format(tostring(share.value), page.percent(share.share)) or "no values"
  end
  if balance.values then
    local there, missing = {}, {}
    for _, share in ipairs(shares) do there[tostring(share.value)] = true end
    for _, value in ipairs(balance.values) do
      if not there[tostring(value)] then missing[#missing + 1] = value end
    end
    add(outcomes, { name = name .. ".values", passed = #missing == 0, limit = ("%d values"):format(#balance.values),
      found = #missing == 0 and "all" or "missing: " .. list_text(missing) })
  end
  if balance.min_share then
    add(outcomes, { name = name .. ".min_share", passed = rarest ~= nil and rarest.share >= balance.min_share,
      limit = "at least " .. page.percent(balance.min_share), found = found(rarest) })
  end
  if balance.max_share then
    add(outcomes, { name = name .. ".max_share", passed = not commonest or commonest.share <= balance.max_share,
      limit = "at most " .. page.percent(balance.max_share), found = found(commonest) })
  end
  if balance.max_ratio then
    local ratio = rarest and commonest.count / rarest.count or 1
    add(outcomes, { name = name .. ".max_ratio", passed = ratio <= balance.max_ratio,
      limit = "at most " .. balance.max_ratio, found = ("%.4g"):format(ratio) })
  end
  if balance.by then group_balance(outcomes, balance, profile, shares) end
end

local function null_share(numbers, categories)
  if numbers then
    local all = numbers.count + numbers.nulls + numbers.nans + numbers.infinite
    return all > 0 and numbers.nulls / all or 0
  end
  local nulls, all = 0, 0
  for _, value in ipairs(categories.values == values.null and {} or categories.values) do
    all = all + value.count
    if value.value[1] == values.null then nulls = nulls + value.count end
  end
  return all > 0 and nulls / all or 0
end

local function first_values(list)
  local flat = {}
  for i, value in ipairs(list) do flat[i] = value[1] == values.null and "null" or tostring(value[1]) end
  return flat
end

local DEFAULTS = { max_psi = 0.25 }

local function compare_column(outcomes, name, limits, earlier, now)
  if limits == true then limits = {} end
  local numbers = earlier.numbers and earlier.numbers[name]
  local categories = not numbers and M.categories(earlier, { name }) or nil
  local drift = core.drift(numbers or categories, M.column(now, name))
  local function at_most(what, measure)
    local limit = limits[what]
    if limit == nil then return end
    local value = drift[measure]
    if value then
      add(outcomes, { name = name .. "." .. what, passed = value <= limit, limit = "at most " .. limit,
        found = ("%.4g"):format(value) })
    end
  end
  local has_limit = limits.max_psi or limits.max_js or limits.max_ks or limits.min_p
  if not has_limit then limits = setmetatable({ max_psi = DEFAULTS.max_psi }, { __index = limits }) end
  at_most("max_psi", "psi")
  at_most("max_js", "js")
  at_most("max_ks", "ks")
  if limits.min_p then
    local p = drift.ks_p or drift.chi2_p
    add(outcomes, { name = name .. ".min_p", passed = p >= limits.min_p, limit = "at least " .. limits.min_p,
      found = ("%.4g"):format(p) })
  end
  local change = null_share(now.numbers[name], M.categories(now, { name })) - null_share(numbers, categories)
  local most = limits.max_null_change or 0.05
  add(outcomes, { name = name .. ".max_null_change", passed = math.abs(change) <= most,
    limit = "at most " .. page.percent(most), found = (change < 0 and "-" or "+") .. page.percent(math.abs(change)) })
  for _, what in ipairs { "new_values", "gone_values" } do
    if limits[what] == false then
      local list = (what == "new_values" and drift.new or drift.gone) or {}
      add(outcomes, { name = name .. "." .. what, passed = #list == 0, limit = "none",
        found = #list == 0 and "none" or list_text(first_values(list)) })
    end
  end
end

local function compare_outcomes(outcomes, compare, earlier, result)
  local rows = result.counts.kept
  local ratio = earlier.rows > 0 and rows / earlier.rows or math.huge
  for _, what in ipairs { "min_rows", "max_rows" } do
    local limit = compare[what]
    if limit then
      local is_met = what == "min_rows" and ratio >= limit or what == "max_rows" and ratio <= limit
      add(outcomes, { name = "compare." .. what, passed = is_met, limit = ("%g times"):format(compare[what]),
        found = ("%.4g times: %s, before %s"):format(ratio, page.count(rows), page.count(earlier.rows)) })
    end
  end
  for _, name in ipairs(options_kit.sorted_keys(compare.columns or {})) do
    compare_column(outcomes, name, compare.columns[name], earlier, result.profile)
  end
end

--- Adds the outcomes about all rows that are left.
function M.rows(outcomes, expectations, result, earlier)
  local kept = result.counts.kept
  local limits = expectations.row_count or {}
  if limits.min then
    add(outcomes, { name = "row_count.min", passed = kept >= limits.min, limit = page.count(limits.min),
      found = page.count(kept) })
  end
  if limits.max then
    add(outcomes, { name = "row_count.max", passed = kept <= limits.max, limit = page.count(limits.max),
      found = page.count(kept) })
  end
  for _, balance in ipairs(expectations.balance or {}) do balance_outcomes(outcomes, balance, result.profile) end
  if expectations.compare then compare_outcomes(outcomes, expectations.compare, earlier, result) end
end

--- Adds the outcome of how many rows were dropped.
function M.dropped(outcomes, result, options)
  if options.mode ~= "drop" then return end
  local counts = result.counts
  local share = counts.rows > 0 and (counts.rows - counts.kept) / counts.rows or 0
  add(outcomes, { name = "max_dropped", passed = share <= options.max_dropped,
    limit = "at most " .. page.percent(options.max_dropped),
    found = ("%s: %s rows"):format(page.percent(share), page.count(counts.rows - counts.kept)) })
end

return M
