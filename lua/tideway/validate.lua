--- Expectations about a dataset: types, ranges, patterns, keys, balance, and drift against an earlier version.
---
--- Expectations are a table, in the script or in a file of its own. `rows:validate` checks them in native code, in one
--- pass where they allow it, and then refuses to go on, drops the rows that fail, or tags them.
---
--- ```lua
--- local expectations = tw.validate.expect {
---   columns = {
---     path     = { type = "string", not_null = true, unique = true, matches = "^[^/]" },
---     language = { is_in = { "C", "Go", "Python" }, non_null_share = 0.99 },
---     stars    = { min = 0, outliers = { method = "iqr", limit = 3 } },
---   },
---   rows = { has_text = tw.col "size":gt(0) },
---   row_count = { min = 1000 },
--- }
--- local checked = rows:validate(expectations, { mode = "drop", report = "out/validation.html" })
--- checked.rows:write_parquet "out/rows.parquet"
--- ```
---
--- **Names.** Each expectation has one, by which errors, receipts and tags call it: `path.unique`,
--- `language.is_in`, `has_text`, `row_count.min`.
---
--- **Nulls** pass every rule but `not_null`, as in a constraint of SQL. NaN is in no range.
---
--- **What fails a run.** With `refuse` any expectation that is not met raises an error of kind `data`, which makes
--- `tideway run` exit with 1; what would be written afterwards is not. With `drop` rows that fail a rule about rows
--- are left out, and counted in the receipt by the first rule that they fail; the run fails where more than
--- `max_dropped` of them do, or where what is left does not meet an expectation about all rows. `tag` fails nothing.
local core = require "tideway.core.validate"
local errors = require "tideway.core.errors"
local core_path = require "tideway.core.path"
local json = require "tideway.json"
local judge = require "tideway.internal.judge"
local log = require "tideway.log"
local path_kit = require "tideway.path"
local rules_kit = require "tideway.internal.expectations"
local validation_report = require "tideway.internal.validation_report"

local M = {}

local usage, check_fields = rules_kit.usage, rules_kit.check_fields

--- What a column must be.
---@class tideway.validate.Column
---@field type? string Exactly this type: `int64`, `float64`, `string` (`large_string` too), `timestamp[us]`.
---@field optional? boolean It need not be there. Default false.
---@field not_null? boolean No null.
---@field non_null_share? number At least this share of the rows has a value. Drops and tags nothing.
---@field min? any The least value, itself allowed: a number, time, date or decimal.
---@field max? any The greatest.
---@field is_in? any[] One of these.
---@field matches? string A regular expression (RE2) matches somewhere; `^` and `$` are the text's ends.
---@field min_length? integer Characters at least.
---@field max_length? integer Characters at most.
---@field unique? boolean No value twice: the first passes, further ones fail.
---@field refers_to? tideway.validate.Reference Each value is in a column of another dataset.
---@field outliers? boolean|tideway.validate.Outliers Far from the column's own middle. `true`: the defaults.
---@field max_failed? number Up to this share of the rows may fail each of these rules. Default 0.

---@class tideway.validate.Reference
---@field rows tideway.Dataset
---@field column string Of the same type.

--- Fences around the middle of a column, told by its median or quartiles, which are exact to 0.4 %.
---@class tideway.validate.Outliers
---@field method? "mad"|"iqr" By median distance (Iglewicz, Hoaglin) or by quartiles (Tukey). Default `mad`.
---@field limit? number Default 3.5 for `mad`, 1.5 for `iqr`.

--- How often the values of a column occur.
---@class tideway.validate.Balance
---@field column string With at most 10,000 different values.
---@field values? any[] Values that must occur.
---@field min_share? number Of each value, of all rows with a value.
---@field max_share? number
---@field max_ratio? number The most frequent value at most so many times as frequent as the rarest.
---@field by? string A column of groups: then `max_difference` holds for each of them.
---@field max_difference? number Total variation between the shares in a group and in all rows. Default 0.2.
---@field min_group? integer Groups with fewer rows are not looked at. Default 100.

--- How far a column may be from the earlier version; each limit is checked where it is given. See `drift`.
---@class tideway.validate.Drift
---@field max_psi? number Default 0.25, where no other limit on the distribution is given.
---@field max_js? number
---@field max_ks? number Numbers only.
---@field min_p? number Of the test by Kolmogorov and Smirnov for numbers, of chi-squared for values.
---@field max_null_change? number Between the shares of nulls. Default 0.05.
---@field new_values? boolean `false`: no value that the earlier version does not have.
---@field gone_values? boolean `false`: no value that only the earlier version has.

---@class tideway.validate.Compare
---@field earlier string|table A profile of the earlier version (`tw.validate.profile`), or the path of one.
---@field columns? table<string, boolean|tideway.validate.Drift> What is compared; `true`: by the defaults.
---@field min_rows? number At least so many times the rows of the earlier version.
---@field max_rows? number At most.

---@class tideway.validate.Expectations
---@field columns? table<string, tideway.validate.Column>
---@field extra_columns? boolean Whether there may be others. Default true.
---@field rows? table<string, tideway.Expression> Conditions on rows, by name. Null passes.
---@field unique? string[][] Combinations of columns that occur once.
---@field row_count? { min: integer?, max: integer? } With `drop`, of the rows that are left.
---@field balance? tideway.validate.Balance[]
---@field compare? tideway.validate.Compare
---@field warn? string[] Names of expectations that only warn. Their rows are neither dropped nor tagged.
local Expectations = { __name = "tideway.validate.Expectations" }
Expectations.__index = Expectations

--- Makes expectations of a table, and checks their form: an unknown field or a value that fits none is an error of kind
--- `usage`. Columns are looked for when they are used.
---
--- A file with expectations ends in `return tw.validate.expect { ... }`; `tideway validate` takes it by `--with`.
---@param expectations tideway.validate.Expectations
---@return tideway.validate.Expectations
function M.expect(expectations)
  rules_kit.check(expectations)
  local copy = {}
  for name, value in pairs(expectations) do copy[name] = value end
  return setmetatable(copy, Expectations)
end

local function read_profile(given)
  if type(given) ~= "string" then return given end
  local profile = json.decode(path_kit.read(given))
  -- A report has the profile of its rows in it.
  if type(profile) == "table" and type(profile.profile) == "table" then profile = profile.profile end
  if type(profile) ~= "table" or type(profile.rows) ~= "number" then
    errors.raise("data", "validate: not a profile: " .. given,
      "write one: tw.validate.profile(rows, { numbers = { \"size\" }, path = \"profile.json\" })")
  end
  return profile
end

--- What came of one expectation.
---@class tideway.validate.Outcome
---@field name string
---@field passed boolean
---@field warning boolean It only warns.
---@field failed? integer Rows that fail it.
---@field share? number Of all rows.
---@field rows? integer[] The first 10 of them, from 1; of `refers_to`, those where a value is met first.
---@field limit? string What was asked for.
---@field found? string What was found.
---@field fences? number[] Of outliers: the least and the greatest number that is none.
---@field shown? table[] Values of the columns in `show`, of the first rows that fail.

--- What came of a validation.
---@class tideway.validate.Result
---@field rows tideway.Dataset All of them, those that pass, or all with a column of tags.
---@field passed boolean Whether every expectation is met, warnings aside.
---@field outcomes tideway.validate.Outcome[]
---@field counts { rows: integer, failed: integer?, kept: integer } With `refuse` and rules about keys `failed` is nil.
---@field dropped table<string, integer> With `drop`: rows by the first expectation that they fail.
---@field profile table Of the columns that were compared or balanced.
local Result = { __name = "tideway.validate.Result" }
Result.__index = Result

function Result:__tostring() return validation_report.text(self) end

--- Gives the report as JSON: what a report file holds.
---@return string
function Result:json() return validation_report.json(self) end

--- Gives the report as an HTML page that needs nothing else.
---@return string
function Result:html() return validation_report.html(self) end

--- Writes the report, `.json` or `.html`.
---@param path string
function Result:write(path)
  local kind = path_kit.extension(path)
  if kind ~= ".json" and kind ~= ".html" then
    usage("a report is a .json or .html file: " .. path)
  end
  local folder = path_kit.dirname(path)
  if folder ~= "." then path_kit.make_folders(folder) end
  path_kit.write(path, kind == ".json" and self:json() or self:html())
end

---@class tideway.validate.Options
---@field mode? "refuse"|"drop"|"tag" Default `refuse`.
---@field max_dropped? number With `drop`: the share of rows that may be left out. Default 0.1.
---@field tag? string With `tag`: the new column, as `size.min, path.unique`, or null. Default `failed`.
---@field report? string|string[] Paths of reports, `.json` or `.html`, written also where the run is refused.
---@field show? string[] Columns whose values reports show of rows that fail. Default none: values may be personal.

local OPTION_FIELDS = {
  mode = "string", max_dropped = "share", tag = "string", report = "value", show = "list", rows_are_read = "boolean",
}
local MODES = { refuse = true, drop = true, tag = true }

local function read_options(given)
  given = given or {}
  check_fields("options", given, OPTION_FIELDS)
  local mode = given.mode or "refuse"
  if not MODES[mode] then
    usage("mode must be `refuse`, `drop` or `tag`: `" .. mode .. "`"
      .. errors.did_you_mean(mode, { "refuse", "drop", "tag" }))
  end
  local reports = type(given.report) == "table" and given.report or { given.report }
  for _, path in ipairs(reports) do
    if type(path) ~= "string" or not (path:find "%.json$" or path:find "%.html$") then
      usage("a report is a .json or .html file: " .. tostring(path))
    end
  end
  return { mode = mode, max_dropped = given.max_dropped or 0.1, tag = given.tag, reports = reports, show = given.show,
    rows_are_read = given.rows_are_read }
end

-- The values of the first rows that fail, where the script wants them shown.
local function show_values(rows, outcomes, columns)
  local shown = rows:select(columns)
  for _, outcome in ipairs(outcomes) do
    if outcome.rows and #outcome.rows > 0 then
      outcome.shown = {}
      for i = 1, math.min(3, #outcome.rows) do
        outcome.shown[i] = shown:skip(outcome.rows[i] - 1):head(1)[1]
      end
    end
  end
end

--- Gives the error of a result that did not pass.
---@param result tideway.validate.Result
---@return string
---@private
function M.refusal(result)
  local failed = {}
  for _, outcome in ipairs(result.outcomes) do
    if not outcome.passed and not outcome.warning then failed[#failed + 1] = outcome end
  end
  local texts = {}
  for i = 1, math.min(3, #failed) do texts[i] = validation_report.outcome_text(failed[i], result.counts.rows) end
  if #failed > 3 then texts[4] = ("and %d more"):format(#failed - 3) end
  return ("validate: %d of %d expectations not met: %s"):format(#failed, #result.outcomes, table.concat(texts, "; "))
end

local function warn(result)
  for _, outcome in ipairs(result.outcomes) do
    if not outcome.passed and outcome.warning then
      log.warn("validate: %s", validation_report.outcome_text(outcome, result.counts.rows))
    end
  end
end

-- Tells warnings from failures.
local function finish_outcomes(result, warnings)
  result.passed = true
  local known, left = {}, {}
  for name in pairs(warnings) do left[name] = true end
  for i, outcome in ipairs(result.outcomes) do
    known[i] = outcome.name
    outcome.warning = warnings[outcome.name] or false
    left[outcome.name] = nil
    result.passed = result.passed and (outcome.passed or outcome.warning)
  end
  local unknown = next(left)
  if unknown and not core_path.pretends() then
    usage("warn: no expectation is named `" .. unknown .. "`" .. errors.did_you_mean(unknown, known))
  end
end

--- Checks rows, writes the reports and gives the result, whatever it is.
---@param rows tideway.Dataset
---@param expectations tideway.validate.Expectations
---@param options? table As for `check`; with `rows_are_read = false` the rows of the result are not asked for.
---@return tideway.validate.Result
---@private
function M.inspect(rows, expectations, options)
  if getmetatable(expectations) ~= Expectations then expectations = M.expect(expectations) end
  options = read_options(options)
  local warnings = {}
  for _, name in ipairs(expectations.warn or {}) do warnings[name] = true end
  local outcomes, usable = judge.schema(rows:columns(), expectations)
  local rules = rules_kit.rules_of(expectations, usable)
  local earlier = expectations.compare and read_profile(expectations.compare.earlier) or {}
  local numbers, categories = rules_kit.profile_of(expectations, earlier)
  local found, checked = core.check(rows, {
    mode = options.mode, tag = options.tag, rules = rules_kit.native(rules, warnings), numbers = numbers,
    categories = categories, rows_are_read = options.rows_are_read,
  })
  local result = setmetatable({ rows = checked, mode = options.mode, outcomes = outcomes, dropped = {},
    profile = found.profile }, Result)
  result.counts = judge.counts(found, options.mode)
  if not core_path.pretends() then
    judge.rules(outcomes, rules, found, result, warnings)
    judge.rows(outcomes, expectations, result, earlier)
    judge.dropped(outcomes, result, options)
    if options.show then show_values(rows, outcomes, options.show) end
  end
  finish_outcomes(result, warnings)
  warn(result)
  if not core_path.pretends() then
    for _, path in ipairs(options.reports) do result:write(path) end
  end
  return result
end

--- Checks rows, as `rows:validate` does; the checks run now.
---@param rows tideway.Dataset
---@param expectations tideway.validate.Expectations
---@param options? tideway.validate.Options
---@return tideway.validate.Result
function M.check(rows, expectations, options)
  local result = M.inspect(rows, expectations, options)
  if result.passed or result.mode == "tag" then return result end
  if core_path.pretends() then errors.raise("data", M.refusal(result)) end
  local report = read_options(options).reports[1]
  errors.raise("data", M.refusal(result), report and "the report says which rows: " .. report
    or 'report = "out/validation.html" says which rows; mode = "drop" leaves them out')
end

---@class tideway.validate.ProfileOptions
---@field numbers? string[] Columns whose distribution is told: numbers, times, and lengths of texts and lists.
---@field categories? (string|string[])[] Columns, or combinations of them, whose values are counted.
---@field by? string|string[] Numbers are told for each value of these columns, too: at most 1,000.
---@field path? string A `.json` file to write the profile to.

--- Tells the distributions of columns, in one pass: what later versions are compared with.
---
--- Numbers are kept in bins less than 1 / 128 of a number wide, so that quantiles are exact to 0.4 % and whole numbers
--- up to 256 have a bin each; counts are exact. Values are counted where there are at most 10,000 different ones. The
--- profile of a column of values has those values in it: give no column of personal data.
---
--- ```lua
--- tw.validate.profile(rows, { numbers = { "size" }, categories = { "language" }, path = "profile.json" })
--- ```
---@param rows tideway.Dataset
---@param options tideway.validate.ProfileOptions
---@return table profile `rows`, `numbers` by column, `categories`, `groups`.
function M.profile(rows, options)
  check_fields("profile", options,
    { numbers = "list", categories = "list", by = "value", path = "string" })
  local categories = {}
  for i, columns in ipairs(options.categories or {}) do
    categories[i] = type(columns) == "table" and columns or { columns }
  end
  local profile = core.profile(rows, { numbers = options.numbers, categories = categories, by = options.by })
  if options.path and not core_path.pretends() then
    local folder = path_kit.dirname(options.path)
    if folder ~= "." then path_kit.make_folders(folder) end
    path_kit.write(options.path, json.encode(profile) .. "\n")
  end
  return profile
end

--- Tells how far a column's distribution is from that of an earlier version.
---
--- `psi`: population stability index (Siddiqi), usual limits 0.1 and 0.25. `js`: Jensen-Shannon divergence in bits, 0
--- to 1. `chi2` and `chi2_p`: Pearson's test. Of numbers, in tenths of the earlier version, also `ks` and `ks_p`: the
--- test by Kolmogorov and Smirnov, of the bins of the profiles. Of values, also `new` and `gone`: those that only one
--- version has. With many rows every difference has a small p-value: limit `psi`, `js` or `ks`.
---@param before table A profile, as `profile` gives it.
---@param after table
---@param column string In both.
---@return table<string, number|table>
function M.drift(before, after, column)
  local earlier, now = judge.column(before, column), judge.column(after, column)
  if not earlier or not now then
    errors.raise("usage", ("validate.drift: column `%s` is not in both profiles"):format(tostring(column)))
  end
  return core.drift(earlier, now)
end

return M
