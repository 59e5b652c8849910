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
  end)

  it("has times of day", function()
    expect(tostring(time.of_day "13:05")):equals "13:05:00"
    expect(tostring(time.of_day "23:59:59.25")):equals "23:59:59.250"
    expect(time.of_day "12:00" < time.of_day "12:00:00.001"):is_true()
    expect.error({ kind = "usage" }, time.of_day, "24:00")
  end)

  it("has durations", function()
    expect(tostring(time.duration(90))):equals "90s"
    expect(tostring(time.duration(-0.25))):equals "-0.250000s"
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
