--- Points in time, dates, times of day and durations, as columns hold them.
---
--- A `tideway.Time` counts from 1970-01-01T00:00:00 in UTC and keeps its column's unit and zone.
--- All of them compare with `==` and `<`, each with its own kind, and print in ISO 8601: a duration
--- as `PT1.5S`, a year before 1 as `-0043`, one after 9999 as `+12345`.
---
--- ```lua
--- local day = tw.time.parse "2024-02-29T12:00:00Z"
--- print(day:add(3600), day:format "%Y-%m-%d")   --> 2024-02-29T13:00:00Z  2024-02-29
--- ```
local core = require "tideway.core.time"
local errors = require "tideway.core.errors"
local values = require "tideway.core.values"

local M = {}

local DIGITS = { s = 0, ms = 3, us = 6, ns = 9 }
-- The seconds that an int64 of each unit holds.
local MAX_SECONDS = {
  s = 9223372036854775807LL, ms = 9223372036854775LL, us = 9223372036854LL, ns = 9223372036LL,
}
local MAX_EXACT = 2 ^ 53
local MAX_DAYS = 2 ^ 31 - 1

---@class tideway.Time
---@field seconds integer Whole seconds since 1970, rounded down.
---@field nanoseconds integer From 0 to 999,999,999.
---@field unit "s"|"ms"|"us"|"ns" The precision it is stored with.
---@field zone string? "UTC", "+05:45" or a name; nil: a local time without a zone.
local Time = {}

---@class tideway.Date
---@field days integer Since 1970-01-01.
local Date = {}

---@class tideway.TimeOfDay
---@field seconds integer Since midnight.
---@field nanoseconds integer
---@field unit "s"|"ms"|"us"|"ns"
local TimeOfDay = {}

---@class tideway.Duration
---@field seconds integer Whole seconds, rounded down.
---@field nanoseconds integer From 0 to 999,999,999.
---@field unit "s"|"ms"|"us"|"ns"
local Duration = {}

local function make(class, fields) return setmetatable(fields, core.metatable(class)) end

local function new_time(seconds, nanoseconds, unit, zone)
  return make("tideway.Time",
    { seconds = seconds, nanoseconds = nanoseconds, unit = unit, zone = zone })
end

-- Howard Hinnant, "chrono-compatible low-level date algorithms": proleptic Gregorian.
local function days_of(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = math.floor(year / 400)
  local year_of_era = year - era * 400
  local day_of_year = math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  local day_of_era = year_of_era * 365 + math.floor(year_of_era / 4)
    - math.floor(year_of_era / 100) + day_of_year
  return era * 146097 + day_of_era - 719468
end

local function civil_of(days)
  days = days + 719468
  local era = math.floor(days / 146097)
  local day_of_era = days - era * 146097
  local year_of_era = math.floor((day_of_era - math.floor(day_of_era / 1460)
    + math.floor(day_of_era / 36524) - math.floor(day_of_era / 146096)) / 365)
  local day_of_year = day_of_era - (365 * year_of_era + math.floor(year_of_era / 4)
    - math.floor(year_of_era / 100))
  local shifted = math.floor((5 * day_of_year + 2) / 153)
  local day = day_of_year - math.floor((153 * shifted + 2) / 5) + 1
  local month = shifted < 10 and shifted + 3 or shifted - 9
  local year = year_of_era + era * 400 + (month <= 2 and 1 or 0)
  return year, month, day
end

local function date_text(days)
  local year, month, day = civil_of(tonumber(days))
  local sign = year < 0 and "-" or year > 9999 and "+" or ""
  return sign .. ("%04d-%02d-%02d"):format(math.abs(year), month, day)
end

-- The whole days in `seconds`, rounded down, and the seconds left.
local function split_days(seconds)
  seconds = 0LL + seconds
  local days = seconds / 86400
  if seconds % 86400 < 0 then days = days - 1 end
  return tonumber(days), tonumber(seconds - days * 86400)
end

-- An int64 as other fields hold it: a number where that is exact.
local function plain(seconds)
  local number = tonumber(seconds)
  return math.abs(number) <= MAX_EXACT and number or seconds
end

local function unit_for(nanoseconds)
  if nanoseconds % 1e9 == 0 then return "s" end
  if nanoseconds % 1e6 == 0 then return "ms" end
  return nanoseconds % 1e3 == 0 and "us" or "ns"
end

-- Seconds, rounded down, and nanoseconds of a number. Where a double is no longer good for
-- nanoseconds the fraction is rounded to microseconds.
local function split_amount(seconds, what)
  if type(seconds) == "cdata" then seconds = tonumber(seconds) end
  if type(seconds) ~= "number" then
    errors.raise("usage", "time: " .. what .. ": not a number of seconds: "
      .. values.type_name(seconds))
  end
  if not (math.abs(seconds) <= MAX_EXACT) then
    errors.raise("usage", "time: " .. what .. ": seconds must be from -2^53 to 2^53: " .. seconds)
  end
  local whole = math.floor(seconds)
  local step = math.abs(seconds) < 2 ^ 20 and 1 or 1000
  local nanoseconds = math.floor((seconds - whole) * (1e9 / step) + 0.5) * step
  if nanoseconds == 1e9 then return whole + 1, 0 end
  return whole, nanoseconds
end

local function check_range(seconds, unit, what)
  local max = MAX_SECONDS[unit]
  if seconds >= -max and seconds < max then return end
  errors.raise("usage", ("time: %s: outside the range of unit %s: %s s since 1970"):format(what,
    unit, (tostring(seconds):gsub("LL$", ""))),
    unit == "ns" and "leave out the nanoseconds: a time in us reaches 290,000 years" or nil)
end

local function clock_text(second, nanoseconds, unit)
  local text = ("%02d:%02d:%02d"):format(math.floor(second / 3600),
    math.floor(second / 60) % 60, second % 60)
  if nanoseconds == 0 then return text end
  return text .. "." .. ("%09d"):format(nanoseconds):sub(1, DIGITS[unit])
end

local function offset_of(zone)
  local sign, hours, minutes = zone:match "^([+-])(%d%d):?(%d%d)$"
  if not sign then return nil end
  local seconds = tonumber(hours) * 3600 + tonumber(minutes) * 60
  return sign == "-" and -seconds or seconds
end

local function zone_text(zone)
  if not zone then return "" end
  if zone == "UTC" or zone == "Z" then return "Z" end
  return offset_of(zone) and zone or "Z[" .. zone .. "]"
end

local function compare(a, b)
  if a.seconds ~= b.seconds then return a.seconds < b.seconds and -1 or 1 end
  if a.nanoseconds == b.nanoseconds then return 0 end
  return a.nanoseconds < b.nanoseconds and -1 or 1
end

-- Functions of each class's own: Lua compares two tables only where they share the function.
for _, class in ipairs { Time, TimeOfDay, Duration } do
  class.__eq = function(a, b) return compare(a, b) == 0 end
  class.__lt = function(a, b) return compare(a, b) < 0 end
  class.__le = function(a, b) return compare(a, b) <= 0 end
end

--- Gives the time in ISO 8601: in UTC with `Z`, in its own offset, or without a zone.
---
--- A named zone is added in brackets: `2024-02-29T12:00:00Z[Asia/Kathmandu]`.
---@return string
function Time:iso()
  local shift = self.zone and offset_of(self.zone) or 0
  local days, second = split_days(self.seconds + shift)
  return date_text(days) .. "T" .. clock_text(second, self.nanoseconds, self.unit)
    .. zone_text(self.zone)
end

--- Gives the seconds since 1970 as a number, with the fraction.
---@return number
function Time:unix() return tonumber(self.seconds) + self.nanoseconds / 1e9 end

--- Formats the time in UTC with the letters of strftime.
---@param pattern string "%Y-%m-%d %H:%M:%S"
---@return string
function Time:format(pattern) return core.format(self.seconds, pattern) end

--- Gives the time `seconds` later (earlier when negative), in the same zone.
---
--- A fraction counts to the nanosecond, from 2^20 seconds on to the microsecond. The unit stays,
--- or becomes the coarsest that holds the sum: a time in whole seconds and half a second make one in
--- ms. Raises an error of kind usage for what is not finite, and for a sum that its unit cannot hold
--- (in ns: outside the years 1678 to 2261).
---@param seconds number From -2^53 to 2^53.
---@return tideway.Time
function Time:add(seconds)
  local whole, fraction = split_amount(seconds, "add")
  local unit = unit_for(fraction)
  if DIGITS[unit] < DIGITS[self.unit] then unit = self.unit end
  local nanoseconds = self.nanoseconds + fraction
  local carry = nanoseconds >= 1e9 and 1 or 0
  local sum = 0LL + self.seconds + whole + carry
  check_range(sum, unit, "add")
  return new_time(plain(sum), nanoseconds - carry * 1e9, unit, self.zone)
end

--- Gives the date in UTC.
---@return tideway.Date
function Time:date()
  return make("tideway.Date", { days = (split_days(self.seconds)) })
end

Time.__tostring = function(time) return time:iso() end
-- Seconds between two times.
Time.__sub = function(a, b)
  if getmetatable(a) ~= getmetatable(b) then
    errors.raise("usage", "time: cannot subtract from a time: " .. values.type_name(b),
      "for a time earlier by some seconds call time:add(-seconds)")
  end
  return tonumber(a.seconds - b.seconds) + (a.nanoseconds - b.nanoseconds) / 1e9
end

--- Gives the date as `2024-02-29`.
---@return string
function Date:iso() return date_text(self.days) end

--- Gives the date `days` later. Raises an error of kind usage unless it is a whole number and the
--- date is within 2^31 days of 1970.
---@param days integer
---@return tideway.Date
function Date:add(days)
  local sum = type(days) == "number" and days % 1 == 0 and self.days + days
  if not sum or math.abs(tonumber(sum)) > MAX_DAYS then
    errors.raise("usage", "time: add: not a whole number of days within 2^31 of 1970: "
      .. tostring(days))
  end
  return make("tideway.Date", { days = sum })
end

Date.__tostring = function(date) return date:iso() end
Date.__eq = function(a, b) return a.days == b.days end
Date.__lt = function(a, b) return a.days < b.days end
Date.__le = function(a, b) return a.days <= b.days end
-- Days between two dates.
Date.__sub = function(a, b) return a.days - b.days end

TimeOfDay.__tostring = function(time)
  return clock_text(time.seconds, time.nanoseconds, time.unit)
end

--- Gives the duration in seconds, with the fraction.
---@return number
function Duration:total() return tonumber(self.seconds) + self.nanoseconds / 1e9 end

-- ISO 8601: PT90S, PT1.5S, -PT0.25S.
Duration.__tostring = function(duration)
  local seconds, nanoseconds = 0LL + duration.seconds, duration.nanoseconds
  local negative = seconds < 0
  if negative then
    seconds = -seconds
    if nanoseconds > 0 then seconds, nanoseconds = seconds - 1, 1e9 - nanoseconds end
  end
  local whole = tostring(seconds):match "%d+"
  local fraction = nanoseconds > 0 and ("." .. ("%09d"):format(nanoseconds):gsub("0+$", "")) or ""
  return (negative and "-PT" or "PT") .. whole .. fraction .. "S"
end

local function fail(what, text)
  errors.raise("usage", "time: not " .. what .. ": " .. tostring(text))
end

local function days_in(year, month)
  return days_of(month == 12 and year + 1 or year, month % 12 + 1, 1) - days_of(year, month, 1)
end

local function parse_date(text)
  local year, month, day = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)$"
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if not year or month < 1 or month > 12 then return nil end
  if day < 1 or day > days_in(year, month) then return nil end
  return days_of(year, month, day)
end

-- Seconds, nanoseconds and unit of "12:34", "12:34:56" or "12:34:56.789".
local function parse_clock(text)
  local hour, minute, rest = text:match "^(%d%d):(%d%d)(.*)$"
  if not hour then return nil end
  local second, fraction = rest:match "^:(%d%d)%.?(%d*)$"
  if rest == "" then second, fraction = "0", "" end
  if not second or rest:sub(-1) == "." or #fraction > 9 then return nil end
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
  if hour > 23 or minute > 59 or second > 59 then return nil end
  local unit = #fraction == 0 and "s" or #fraction <= 3 and "ms" or #fraction <= 6 and "us" or "ns"
  local nanoseconds = fraction == "" and 0 or tonumber(fraction .. ("0"):rep(9 - #fraction))
  return hour * 3600 + minute * 60 + second, nanoseconds, unit
end

-- Splits off "Z", "Z[Zone/Name]" or "+05:45": the rest, the zone and its offset.
local function parse_zone(text)
  local rest, name = text:match "^(.-)Z%[([%w_/+-]+)%]$"
  if rest then return rest, name, 0 end
  rest = text:match "^(.-)Z$"
  if rest then return rest, "UTC", 0 end
  local head, sign, hours, minutes = text:match "^(.-)([+-])(%d%d):?(%d%d)$"
  if not head then return text, nil, 0 end
  local zone = sign .. hours .. ":" .. minutes
  return head, zone, offset_of(zone)
end

--- Gives the present time in UTC, to the microsecond, by the run's clock.
---@return tideway.Time
function M.now()
  local seconds, nanoseconds = core.now()
  return new_time(seconds, nanoseconds, "us", "UTC")
end

--- Reads a time in ISO 8601: `2024-02-29`, `2024-02-29T12:00`, `2024-02-29 12:00:00.123Z`,
--- `...+05:45`.
---
--- Without `Z` or an offset the time has no zone. The unit follows the number of digits. Raises
--- an error of kind usage for anything else, a 30th of February too.
---@param text string
---@return tideway.Time
function M.parse(text)
  if type(text) ~= "string" then fail("an ISO 8601 time", text) end
  local day, clock = text:match "^(%d%d%d%d%-%d%d%-%d%d)[T ](.+)$"
  local rest, zone, offset = parse_zone(clock or "")
  local days = parse_date(day or text)
  local seconds, nanoseconds, unit = 0, 0, "s"
  if clock then seconds, nanoseconds, unit = parse_clock(rest) end
  if not days or not seconds then fail("an ISO 8601 time", text) end
  return new_time(days * 86400 + seconds - offset, nanoseconds, unit, zone)
end

-- The seconds and nanoseconds of a number, rounded to microseconds, as an int64 of them holds it.
local function split_micros(seconds, what)
  local whole, nanoseconds = split_amount(seconds, what)
  nanoseconds = math.floor(nanoseconds / 1000 + 0.5) * 1000
  if nanoseconds == 1e9 then whole, nanoseconds = whole + 1, 0 end
  check_range(whole, "us", what)
  return whole, nanoseconds
end

--- Gives the time that is `seconds` after 1970, in UTC, to the microsecond.
--- Raises an error of kind usage for what is not finite or more than 2^63 microseconds.
---@param seconds number
---@return tideway.Time
function M.from_unix(seconds)
  local whole, nanoseconds = split_micros(seconds, "from_unix")
  return new_time(whole, nanoseconds, "us", "UTC")
end

--- Reads a date: `2024-02-29`.
---@param text string
---@return tideway.Date
function M.date(text)
  local days = type(text) == "string" and parse_date(text)
  if not days then fail("a date (2024-02-29)", text) end
  return make("tideway.Date", { days = days })
end

--- Reads a time of day: `13:05`, `13:05:00.250`.
---@param text string
---@return tideway.TimeOfDay
function M.of_day(text)
  local seconds, nanoseconds, unit
  if type(text) == "string" then seconds, nanoseconds, unit = parse_clock(text) end
  if not seconds then fail("a time of day (13:05:00)", text) end
  return make("tideway.TimeOfDay", { seconds = seconds, nanoseconds = nanoseconds, unit = unit })
end

--- Gives a duration of `seconds`, to the microsecond.
--- Raises an error of kind usage for what is not finite or more than 2^63 microseconds.
---@param seconds number
---@return tideway.Duration
function M.duration(seconds)
  local whole, nanoseconds = split_micros(seconds, "duration")
  return make("tideway.Duration", { seconds = whole, nanoseconds = nanoseconds, unit = "us" })
end

--- Gives the seconds from a fixed, unnamed start; they never go back. For measuring.
---@return number
function M.monotonic() return core.monotonic() end

core.record("tideway.Time", Time)
core.record("tideway.Date", Date)
core.record("tideway.TimeOfDay", TimeOfDay)
core.record("tideway.Duration", Duration)

return M
