--- Checks files by the expectations of a script: the Lua half of `tideway validate`.
local dataset = require "tideway.dataset"
local errors = require "tideway.core.errors"
local json = require "tideway.json"
local options_kit = require "tideway.internal.options"
local printer = require "tideway.internal.printer"
local validate = require "tideway.validate"
local values = require "tideway.core.values"

local M = {}

local READERS = {
  arrow = dataset.arrow, arrows = dataset.arrow, csv = dataset.csv, feather = dataset.arrow, jsonl = dataset.jsonl,
  ndjson = dataset.jsonl, parquet = dataset.parquet, tsv = dataset.csv, txt = dataset.text,
}

local function reader_of(path)
  local kind = path:gsub("%.gz$", ""):gsub("%.zst$", ""):match "%.(%w+)$"
  local reader = READERS[kind or ""]
  if reader then return reader end
  errors.raise("usage", "validate: cannot tell the kind of file by its name: " .. path,
    "known are ." .. table.concat(options_kit.sorted_keys(READERS), ", .") .. ", also with .gz or .zst")
end

--- Reads the files, which are of one kind, and checks them.
---@param request {path: string, files: string[], reports: string[], stdout_taken: boolean?}
---@param script function
---@return {passed: boolean, text: string, report: table, error: string?}
function M.run(request, script)
  if request.stdout_taken then printer.stream = io.stderr end
  local expectations = script()
  if type(expectations) ~= "table" then
    errors.raise("usage", request.path .. ": expectations must end in return tw.validate.expect { ... }, not "
      .. values.type_name(expectations))
  end
  local reader = reader_of(request.files[1])
  for _, path in ipairs(request.files) do
    if reader_of(path) ~= reader then
      errors.raise("usage", "validate: files of two kinds: " .. request.files[1] .. " and " .. path)
    end
  end
  local result = validate.inspect(reader(request.files), expectations,
    { report = request.reports, rows_are_read = false })
  return {
    passed = result.passed, text = tostring(result), report = json.decode(result:json()),
    error = not result.passed and validate.refusal(result) or nil,
  }
end

return M
