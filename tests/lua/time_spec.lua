local tw = require "tideway"
local time = tw.time

describe("tw.time.parse", function()
  it("prints what it read", function()
    for _, text in ipairs {
      "2024-02-29T12:00:00Z", "1969-12-31T23:59:59.999Z", "2024-01-01T00:00:00.000001Z",
      "2024-01-01T00:00:00.123456789Z", "2024-06-30T23:59:59+05:45", "2024-06-30T00:00:00-08:00",
      "2024-02-29T12:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
      "2024-02-29T12:00:00Z[Asia/Kathmandu]",
    } do
      expect(tostring(time.parse(text))):equals(text)
    end
  end)

  it("counts from 1970 in UTC", function()
    expect(time.parse("1970-01-01T00:00:00Z").seconds):equals(0)
    expect(time.parse("2024-02-29T12:00:00Z"):unix()):equals(1709208000)
    expect(time.parse("2024-02-29T17:45:00+05:45"):unix()):equals(1709208000)
    expect(time.parse("1969-12-31T23:59:59.5Z"):unix()):equals(-0.5)
  end)

  it("takes a date, minutes, and a space", function()
    expect(tostring(time.parse "2024-02-29")):equals "2024-02-29T00:00:00"
    expect(tostring(time.parse "2024-02-29 12:30Z")):equals "2024-02-29T12:30:00Z"
  end)

  it("refuses what is no time", function()
    for _, text in ipairs {
      "", "x", "2023-02-29", "2024-13-01", "2024-00-01", "2024-01-32", "2024-01-01T24:00:00",
      "2024-01-01T12:60", "2024-01-01T12:00:60", "2024-1-1", "2024-01-01T", "2024-01-01T12:00:00.",
      "2024-01-01T12:00:00.1234567890", "2024-01-01T12:00:00X", "20240101", " 2024-01-01",
    } do
      expect.error({ kind = "usage", message = "not an ISO 8601 time: " .. text }, time.parse, text)
    end
    expect.error({ kind = "usage" }, time.parse, nil)
  end)
end)

describe("tideway.Time", function()
  it("compares across units", function()
    expect(time.parse "2024-01-01T00:00:00Z" == time.parse "2024-01-01T00:00:00.000Z"):is_true()
    expect(time.parse "2024-01-01T00:00:00Z" < time.parse "2024-01-01T00:00:00.001Z"):is_true()
    expect(time.parse "2024-01-01T00:00:00Z" <= time.parse "2024-01-01T00:00:00Z"):is_true()
  end)

  it("adds and subtracts seconds", function()
    local t = time.parse "2024-02-28T23:59:59.500Z"
    expect(tostring(t:add(1.5))):equals "2024-02-29T00:00:01Z"
    expect(tostring(t:add(-86400))):equals "2024-02-27T23:59:59.500Z"
    expect(t:add(2.25) - t):equals(2.25)
  end)

  it("widens the unit where the sum needs it", function()
    local t = time.parse "2024-02-29T12:00:00Z"
    expect(tostring(t:add(0.5))):equals "2024-02-29T12:00:00.500Z"
    expect(t:add(0.5).unit):equals "ms"
    expect(t:add(3600).unit):equals "s"
    expect(tostring(time.parse("2024-02-29T12:00:00.123Z"):add(0.0001)))
      :equals "2024-02-29T12:00:00.123100Z"
    expect(tostring(t:add(1e-9))):equals "2024-02-29T12:00:00.000000001Z"
    expect(tostring(t:add(-1e-10))):equals "2024-02-29T12:00:00Z"
    expect(tostring(t:add(10000000.1))):equals "2024-06-24T05:46:40.100Z"
  end)

  it("refuses what no unit holds", function()
    local t = time.parse "2024-02-29T12:00:00Z"
    for _, seconds in ipairs { 0 / 0, 1 / 0, -1 / 0, 1e18, 1e30 } do
      expect.error({ kind = "usage", message = "seconds must be from" }, t.add, t, seconds)
      expect.error({ kind = "usage" }, time.from_unix, seconds)
      expect.error({ kind = "usage" }, time.duration, seconds)
    end
    expect.error({ kind = "usage", message = "not a number of seconds: string" }, t.add, t, "1")
    expect.error({ kind = "usage", message = "range of unit us" }, time.from_unix, 1e13)
    local far = time.parse "3000-01-01T00:00:00Z"
    expect(tostring(far:add(0.000001))):equals "3000-01-01T00:00:00.000001Z"
    expect.error({ kind = "usage", message = "range of unit ns", hint = "nanoseconds" }, far.add,
      far, 1e-9)
  end)

  it("prints years before 1 and after 9999 in ISO 8601", function()
    local first = time.parse "0001-01-01T00:00:00Z"
    expect(tostring(first:add(-86400))):equals "0000-12-31T00:00:00Z"
    expect(tostring(time.date("0001-01-01"):add(-16000))):equals "-0043-03-13"
    expect(tostring(time.date("9999-12-31"):add(1))):equals "+10000-01-01"
  end)

  it("is equal to no other class's value", function()
    local t = time.parse "1970-01-01T00:00:05"
    expect(t == time.duration(5)):is_false()
    expect(time.of_day "00:00:05" == time.duration(5)):is_false()
    expect(pcall(function() return t < time.duration(5) end)):is_false()
    expect.error({ kind = "usage", hint = "time:add" }, function() return t - time.duration(5) end)
  end)

  it("formats in UTC", function()
    expect(time.parse("2024-02-29T03:00:00+05:45"):format "%Y%m%d_%H%M%S"):equals "20240228_211500"
  end)

  it("has a date", function()
    expect(tostring(time.parse("1969-12-31T23:00:00Z"):date())):equals "1969-12-31"
  end)
end)

describe("tw.time", function()
  it("reads the clock", function()
    local now = time.now()
    expect(now.zone):equals "UTC"
    expect(now.unit):equals "us"
    local start = time.monotonic()
    expect(time.monotonic() >= start):is_true()
  end)

  it("makes times from seconds", function()
    expect(tostring(time.from_unix(1.5))):equals "1970-01-01T00:00:01.500000Z"
    expect(tostring(time.from_unix(-0.000001))):equals "1969-12-31T23:59:59.999999Z"
  end)

  it("has dates that count", function()
    local day = time.date "2024-02-28"
    expect(tostring(day:add(2))):equals "2024-03-01"
    expect(time.date "2024-03-01" - day):equals(2)
    expect(day < time.date "2024-02-29"):is_true()
    expect.error({ kind = "usage", message = "not a date" }, time.date, "2023-02-29")
    for _, days in ipairs { 0.5, 0 / 0, 1 / 0, 1e12, "1" } do
      expect.error({ kind = "usage", message = "whole number of days" }, day.add, day, days)
    end
  end)

  it("has times of day", function()
    expect(tostring(time.of_day "13:05")):equals "13:05:00"
    expect(tostring(time.of_day "23:59:59.25")):equals "23:59:59.250"
    expect(time.of_day "12:00" < time.of_day "12:00:00.001"):is_true()
    expect.error({ kind = "usage" }, time.of_day, "24:00")
  end)

  it("has durations", function()
    expect(tostring(time.duration(90))):equals "PT90S"
    expect(tostring(time.duration(1.5))):equals "PT1.5S"
    expect(tostring(time.duration(0))):equals "PT0S"
    expect(tostring(time.duration(-0.25))):equals "-PT0.25S"
    expect(tostring(time.duration(-90))):equals "-PT90S"
    expect(tostring(time.duration(9007199254.740993))):equals "PT9007199254.740993S"
    expect(time.duration(1.5):total()):equals(1.5)
    expect.error({ kind = "usage" }, time.duration, "1")
  end)

  it("agrees with itself over every day of four centuries", function()
    local day = time.date "1900-01-01"
    local previous = tostring(day)
    for _ = 1, 146097 do
      day = day:add(1)
      local text = tostring(day)
      if text <= previous or time.date(text).days ~= day.days then error(text) end
      previous = text
    end
    expect(previous):equals "2300-01-01"
  end)
end)
