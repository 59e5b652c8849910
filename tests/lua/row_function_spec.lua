local tw = require "tideway"

local rows = tw.dataset.from_rows {
  { id = 1, message = "Water supply", department = "Health", stars = 4.5 },
  { id = 2, message = "सडक मर्मत", department = "Roads", stars = tw.null },
  { id = 3, message = tw.null, department = "Roads", stars = 1 },
}

local function equal(got, expected)
  if got ~= expected then
    error(("expected %s, got %s"):format(tostring(expected), tostring(got)), 2)
  end
end

-- The cells of a column, as text.
local function cells(dataset, column)
  local parts = {}
  for i, row in ipairs(dataset:collect()) do parts[i] = tostring(row[column]) end
  return table.concat(parts, " | ")
end

local function fails(f, kind, ...)
  local ok, err = pcall(f)
  assert(not ok, "no error")
  equal(err.kind, kind)
  for _, part in ipairs { ... } do
    assert(err.message:find(part, 1, true), ("`%s` is not in: %s"):format(part, err.message))
  end
  return err
end

describe("filter with a function", function()
  it("keeps the rows that give neither false nor nil", function()
    equal(cells(rows:filter(function(row) return row.id ~= 2 end), "id"), "1 | 3")
    equal(cells(rows:filter(function(row) return row.stars end), "id"), "1 | 3")
    equal(rows:filter(function() return false end):count(), 0)
  end)

  it("names row, line and null column of an error", function()
    local short = rows:filter(function(row) return #row.message > 3 end)
    local err = fails(function() short:count() end, "script", "(row 3)", "column `message` is null")
    assert(err.where:find "row_function_spec.lua:%d+$", err.where)
  end)

  it("suggests a column", function()
    local dataset = rows:filter(function(row) return row.mesage end)
    fails(function() dataset:count() end, "script", "no column `mesage`; did you mean `message`?")
  end)
end)

describe("map with a row function", function()
  it("adds and replaces columns", function()
    local mapped = rows:map(function(row)
      return { id = row.id * 10, size = row.message and #row.message }
    end, { returns = { size = "int64" } })
    equal(cells(mapped, "id"), "10 | 20 | 30")
    equal(cells(mapped, "size"), "12 | 25 | null")
    equal(cells(mapped, "stars"), "4.5 | null | 1")
  end)

  it("takes tables, functions and labels from around it", function()
    local numbers = { Health = 7, Roads = 8 }
    local labels = tw.labels { "Health", "Roads" }
    local function double(n) return n * 2 end
    local mapped = rows:map(function(row)
      return { a = double(numbers[row.department]), b = labels:id(row.department) }
    end)
    equal(cells(mapped, "a"), "14 | 16 | 16")
    equal(cells(mapped, "b"), "0 | 1 | 1")
  end)

  it("makes null of tw.null", function()
    local mapped = rows:map(function(row) return { stars = row.id > 1 and tw.null or 5 } end)
    equal(cells(mapped, "stars"), "5 | null | null")
  end)

  it("names column, type, value and row of a wrong result", function()
    local mapped = rows:map(function(row) return { id = row.message or 0 } end)
    fails(function() mapped:collect() end, "script", "column `id` is int64",
      'a string ("Water supply")', "(row 1)")
  end)

  it("refuses unknown options and types", function()
    local function f() return {} end
    fails(function() rows:map(f, { return_types = {} }) end, "usage", "return_types")
    fails(function() rows:map(f, { returns = { n = "int46" } }) end, "usage",
      "map: returns.n: unknown type `int46`")
    fails(function() rows:map(f, { returns = "int64" }) end, "usage", "returns")
    fails(function() rows:map(f, { returns = { n = 64 } }) end, "usage", "returns")
  end)
end)

describe("map with a column function", function()
  it("changes the value, nil for null", function()
    local mapped = rows:map("message", function(text) return text and text:upper() or "none" end)
    equal(cells(mapped, "message"), "WATER SUPPLY | सडक मर्मत | none")
  end)

  it("changes the type when told", function()
    local mapped = rows:map("message", function(text) return text and #text end, { returns = "int32" })
    equal(cells(mapped, "message"), "12 | 25 | null")
  end)

  it("needs a column that is there", function()
    fails(function() rows:map("text", function(v) return v end):collect() end, "usage",
      "map: no column `text`")
  end)
end)

describe("what a row function may use", function()
  it("refuses what it changes outside itself, by name", function()
    local count, seen = 0, {}
    fails(function() rows:filter(function() count = count + 1 end) end, "script",
      "assigns to `count`")
    fails(function() rows:filter(function(row) seen[row.id] = true end) end, "script",
      "writes to `seen`")
  end)

  it("refuses clock, randomness and files, by name", function()
    fails(function() rows:filter(function() return os.time() end) end, "script", "`os`")
    fails(function() rows:filter(function() return math.random() end) end, "script", "`math.random`")
    local file = io.stdout
    fails(function() rows:filter(function() return file end) end, "script", "`file`, a userdata")
    fails(function() rows:filter(function() return tw.env "HOME" end) end, "script", "`tw.env`")
    fails(function() rows:filter(function() return rows end) end, "script", "`rows`")
  end)

  it("stops an error in a helper at the helper's line", function()
    local function helper(v) return v + nil end
    local err = fails(function() rows:filter(function(row) return helper(row.id) end):count() end,
      "script", "attempt to perform arithmetic on a nil value", "(row 1)")
    assert(err.where:find "row_function_spec.lua", err.where)
  end)
end)

describe("texts", function()
  it("compare, join and search like strings", function()
    local first = rows:filter(function(row) return row.id == 1 end)
    local mapped = first:map(function(row)
      local text = row.message
      return {
        out = table.concat({
          tostring(text == "Water supply"), #text, text:sub(1, 5), text:lower():count "s",
          tostring(text:find("supply", 1, true)), tostring(text:starts_with "Water"), text .. "!",
        }, ","),
      }
    end, { returns = { out = "string" } })
    equal(mapped:head(1)[1].out, "true,12,Water,1,7,true,Water supply!")
  end)
end)
