--- The form of expectations, and the rules about rows that they come to.
local col = require("tideway.col").col
local errors = require "tideway.core.errors"
local judge = require "tideway.internal.judge"
local options_kit = require "tideway.internal.options"
local values = require "tideway.core.values"

local M = {}

--- Raises an error of kind usage.
---@param text string
---@param hint? string
function M.usage(text, hint) errors.raise("usage", "validate: " .. text, hint) end
local usage = M.usage

local function is_list(value) return type(value) == "table" and (#value > 0 or next(value) == nil) end

-- Options by name, each with what it must be.
local CHECKS = {
  boolean = { "true or false", function(v) return type(v) == "boolean" end },
  count = { "a whole number from 0", function(v) return type(v) == "number" and v >= 0 and v % 1 == 0 end },
  expression = { "an expression (tw.col)", function(v) return values.type_name(v) == "tideway.Expression" end },
  list = { "a list", is_list },
  number = { "a number from 0", function(v) return type(v) == "number" and v >= 0 end },
  share = { "a share from 0 to 1", function(v) return type(v) == "number" and v >= 0 and v <= 1 end },
  string = { "a text", function(v) return type(v) == "string" end },
  table = { "a table", function(v) return type(v) == "table" end },
  value = { "a value", function(v) return type(v) ~= "function" and v ~= values.null end },
  outliers = { "true or a table", function(v) return v == true or type(v) == "table" end },
  column = { "true or a table", function(v) return v == true or type(v) == "table" end },
  profile = { "a profile, or the path of one", function(v) return type(v) == "table" or type(v) == "string" end },
  dataset = { "a dataset", function(v) return values.type_name(v) == "tideway.Dataset" end },
}

--- Raises `usage` for an unknown field, and for a value that is not what it must be.
---@param where string
---@param given table
---@param fields table<string, string>
function M.check_fields(where, given, fields)
  if type(given) ~= "table" then usage(("%s must be a table, not %s"):format(where, values.type_name(given))) end
  options_kit.refuse_unknown(("validate: %s: unknown field"):format(where), given, options_kit.sorted_keys(fields))
  for _, name in ipairs(options_kit.sorted_keys(fields)) do
    local kind, value = fields[name], given[name]
    if value ~= nil and not CHECKS[kind][2](value) then
      usage(("%s: `%s` must be %s, not %s"):format(where, name, CHECKS[kind][1],
        type(value) == "number" and tostring(value) or values.type_name(value)))
    end
  end
end
local check_fields = M.check_fields

local COLUMN_FIELDS = {
  type = "string", optional = "boolean", not_null = "boolean", non_null_share = "share", min = "value", max = "value",
  is_in = "list", matches = "string", min_length = "count", max_length = "count", unique = "boolean",
  refers_to = "table", outliers = "outliers", max_failed = "share",
}
local FIELDS = {
  columns = "table", extra_columns = "boolean", rows = "table", unique = "list", row_count = "table", balance = "list",
  compare = "table", warn = "list",
}
local BALANCE_FIELDS = {
  column = "string", values = "list", min_share = "share", max_share = "share", max_ratio = "number", by = "string",
  max_difference = "share", min_group = "count",
}
local COMPARE_FIELDS = { earlier = "profile", columns = "table", min_rows = "number", max_rows = "number" }
local DRIFT_FIELDS = {
  max_psi = "number", max_js = "share", max_ks = "share", min_p = "share", max_null_change = "share",
  new_values = "boolean", gone_values = "boolean",
}

local function check_column(name, column)
  local where = ("column `%s`"):format(name)
  check_fields(where, column, COLUMN_FIELDS)
  if type(column.outliers) == "table" then
    check_fields(where .. ": outliers", column.outliers, { method = "string", limit = "number" })
    local method = column.outliers.method
    if method and method ~= "mad" and method ~= "iqr" then
      usage(("%s: outliers: method must be `mad` or `iqr`: `%s`"):format(where, method))
    end
  end
  if column.refers_to then
    check_fields(where .. ": refers_to", column.refers_to, { rows = "dataset", column = "string" })
    if not (column.refers_to.rows and column.refers_to.column) then
      usage(where .. ": refers_to needs rows and column")
    end
  end
end

local function check_balance(balance)
  for i, entry in ipairs(balance) do
    local where = ("balance %d"):format(i)
    check_fields(where, entry, BALANCE_FIELDS)
    if not entry.column then usage(where .. ": column is missing") end
    if entry.max_difference and not entry.by then usage(where .. ": max_difference needs `by`") end
  end
end

local function check_compare(compare)
  check_fields("compare", compare, COMPARE_FIELDS)
  if not compare.earlier then
    usage("compare: earlier is missing", "give a profile of the earlier version: see `tideway help validate.profile`")
  end
  for name, limits in pairs(compare.columns or {}) do
    if not CHECKS.column[2](limits) then usage(("compare: column `%s` must be true or a table"):format(name)) end
    if limits ~= true then check_fields(("compare: column `%s`"):format(name), limits, DRIFT_FIELDS) end
  end
end

--- Raises `usage` for what is no table of expectations.
---@param expectations table
function M.check(expectations)
  check_fields("expectations", expectations, FIELDS)
  for name, column in pairs(expectations.columns or {}) do check_column(name, column) end
  for name, condition in pairs(expectations.rows or {}) do
    if type(name) ~= "string" then usage("rows are conditions by name: { has_text = tw.col \"size\":gt(0) }") end
    if not CHECKS.expression[2](condition) then
      usage(("rows: `%s` must be an expression (tw.col), not %s"):format(name, values.type_name(condition)))
    end
  end
  for _, columns in ipairs(expectations.unique or {}) do
    if not is_list(columns) or #columns == 0 then
      usage('unique is a list of lists of columns: { { "repo", "path" } }')
    end
  end
  local rows = expectations.row_count
  if rows then check_fields("row_count", rows, { min = "count", max = "count" }) end
  check_balance(expectations.balance or {})
  if expectations.compare then check_compare(expectations.compare) end
end

-- What a rule of a column gives: the name's end, and the condition.
local CONDITIONS = {
  { "not_null", function(c, on) return on and c:not_null() end },
  { "min", function(c, least) return c:ge(least) end },
  { "max", function(c, most) return c:le(most) end },
  { "is_in", function(c, list) return c:is_in(list) end },
  { "matches", function(c, pattern) return c:matches(pattern) end },
  { "min_length", function(c, least) return c:length():ge(least) end },
  { "max_length", function(c, most) return c:length():le(most) end },
}

local function limit_text(value)
  if type(value) == "table" and is_list(value) then return ("%d values"):format(#value) end
  if value == true then return "" end
  return tostring(value)
end

local function add_column_rules(rules, name, column)
  local function add(what, rule, limit)
    rule.name, rule.column, rule.limit = name .. "." .. what, name, limit
    rule.max_failed = rule.max_failed or column.max_failed or 0
    rules[#rules + 1] = rule
  end
  for _, made in ipairs(CONDITIONS) do
    local what, make = made[1], made[2]
    local condition = column[what] ~= nil and make(col(name), column[what])
    if condition then add(what, { condition = condition }, limit_text(column[what])) end
  end
  if column.non_null_share then
    add("non_null_share", {
      condition = col(name):not_null(), only_counted = true, max_failed = 1 - column.non_null_share, is_share = true,
    }, tostring(column.non_null_share))
  end
  if column.unique then add("unique", { keys = { name } }) end
  if column.refers_to then
    local other = column.refers_to
    add("refers_to", { keys = { name }, reference = other.rows, reference_keys = { other.column } })
  end
  if column.outliers then
    local given = column.outliers == true and {} or column.outliers
    local method = given.method or "mad"
    local limit = given.limit or (method == "mad" and 3.5 or 1.5)
    add("outliers", { outliers = name, method = method, outlier_limit = limit }, ("%s %g"):format(method, limit))
  end
end

--- The rules, in the order in which a row is counted for the first that it fails.
---@param expectations table
---@param usable table<string, boolean> Columns that are there, with their types.
---@return table[]
function M.rules_of(expectations, usable)
  local rules = {}
  for _, name in ipairs(options_kit.sorted_keys(expectations.columns or {})) do
    if usable[name] then add_column_rules(rules, name, expectations.columns[name]) end
  end
  for _, name in ipairs(options_kit.sorted_keys(expectations.rows or {})) do
    local condition = expectations.rows[name]
    rules[#rules + 1] = { name = name, condition = condition, limit = tostring(condition), max_failed = 0 }
  end
  for _, columns in ipairs(expectations.unique or {}) do
    rules[#rules + 1] = { name = table.concat(columns, "+") .. ".unique", keys = columns, max_failed = 0 }
  end
  local names = {}
  for _, rule in ipairs(rules) do
    if names[rule.name] then usage("two expectations are named `" .. rule.name .. "`") end
    names[rule.name] = true
  end
  return rules
end

--- The same as native code takes them.
---@param rules table[]
---@param warnings table<string, boolean>
---@return table[]
function M.native(rules, warnings)
  local native = {}
  for i, rule in ipairs(rules) do
    native[i] = {
      name = rule.name, condition = rule.condition, keys = rule.keys, reference = rule.reference,
      reference_keys = rule.reference_keys, outliers = rule.outliers, method = rule.method, limit = rule.outlier_limit,
      only_counted = rule.only_counted or warnings[rule.name] or nil,
    }
  end
  return native
end

--- The columns whose distributions are asked for.
---@param expectations table
---@param earlier table The profile to compare with.
---@return string[] numbers
---@return string[][] categories
function M.profile_of(expectations, earlier)
  local numbers, categories, seen = {}, {}, {}
  local function add_category(columns)
    local key = table.concat(columns, "\0")
    if not seen[key] then categories[#categories + 1], seen[key] = columns, true end
  end
  for _, balance in ipairs(expectations.balance or {}) do
    add_category { balance.column }
    if balance.by then add_category { balance.by, balance.column } end
  end
  for _, name in ipairs(options_kit.sorted_keys((expectations.compare or {}).columns or {})) do
    local is_known = false
    if earlier.numbers and earlier.numbers[name] then numbers[#numbers + 1], is_known = name, true end
    if judge.categories(earlier, { name }) then
      add_category { name }
      is_known = true
    end
    if not is_known then
      errors.raise("data", ("validate: compare: column `%s` is not in the profile of the earlier version"):format(name),
        "make the profile of it, too: tw.validate.profile(rows, { numbers = { ... }, categories = { ... } })")
    end
  end
  return numbers, categories
end

return M
