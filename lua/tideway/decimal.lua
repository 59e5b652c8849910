--- Exact decimal numbers, as a database's `numeric` columns hold them.
local core = require "tideway.core.values"
local errors = require "tideway.core.errors"

local M = {}

---@class tideway.Decimal
---@field text string Its digits: "-12.50".
---@field precision integer How many digits it has in all.
---@field scale integer How many of them follow the point.
local Decimal = {}

local function parts(decimal)
  local sign, whole, fraction = decimal.text:match "^(-?)(%d*)%.?(%d*)$"
  whole, fraction = whole:gsub("^0+", ""), fraction:gsub("0+$", "")
  local negative = sign == "-" and (whole ~= "" or fraction ~= "")
  return negative, whole, fraction
end

local function magnitude_less(whole_a, fraction_a, whole_b, fraction_b)
  if #whole_a ~= #whole_b then return #whole_a < #whole_b end
  if whole_a ~= whole_b then return whole_a < whole_b end
  return fraction_a < fraction_b
end

local function less(a, b)
  local negative_a, whole_a, fraction_a = parts(a)
  local negative_b, whole_b, fraction_b = parts(b)
  if negative_a ~= negative_b then return negative_a end
  if negative_a then return magnitude_less(whole_b, fraction_b, whole_a, fraction_a) end
  return magnitude_less(whole_a, fraction_a, whole_b, fraction_b)
end

--- Gives the nearest number, which may not be equal.
---@return number
function Decimal:number() return tonumber(self.text) end

Decimal.__tostring = function(decimal) return decimal.text end
Decimal.__eq = function(a, b) return not less(a, b) and not less(b, a) end
Decimal.__lt = less
Decimal.__le = function(a, b) return not less(b, a) end

--- Reads a decimal number: `tw.decimal "12.50"` has precision 4 and scale 2.
---@param text string Up to 76 digits.
---@return tideway.Decimal
function M.decimal(text)
  local sign, whole, fraction = tostring(text):match "^(-?)(%d+)%.?(%d*)$"
  if not whole or tostring(text):sub(-1) == "." or #whole + #fraction > 76 then
    errors.raise("usage", "decimal: not a decimal number of up to 76 digits: " .. tostring(text))
  end
  local significant = whole:gsub("^0+", "")
  return setmetatable({
    text = sign .. whole .. (fraction ~= "" and "." .. fraction or ""),
    precision = math.max(#significant + #fraction, 1),
    scale = #fraction,
  }, core.metatable "tideway.Decimal")
end

core.record("tideway.Decimal", Decimal)

return M
