local checks = require "checks"
local tw = require "tideway"
local col = tw.col

local equal, fails = checks.equal, checks.fails

local function reviews()
  return tw.dataset.from_rows {
    { id = 1, stars = 5, text = "Great phone", price = 10.5 },
    { id = 2, stars = 1, text = "Broke",       price = 2 },
    { id = 3, stars = 4, text = tw.null,       price = tw.null },
    { id = 4, stars = tw.null, text = "été ",  price = 7 },
  }
end

local function ids(dataset)
  local list = {}
  for row in dataset:rows() do list[#list + 1] = tostring(row.id) end
  return table.concat(list, " ")
end

-- The value that an expression has for the first review.
local function first(expression)
  return reviews():with({ value = expression }):head(1)[1].value
end

describe("an expression", function()
  it("prints as what it computes", function()
    equal(tostring(col "stars":ge(10)), "stars >= 10")
    equal(tostring(col "full text":contains 'a "b"'), [[contains(`full text`, "a \"b\"")]])
    equal(tostring(-(col "a" + 1) * 2.5), "(-(a + 1)) * 2.5")
    equal(tostring(col "a":eq(tw.int64 "9007199254740993")), "a == 9007199254740993")
    equal(tostring(col "a":lt(tw.decimal "12.50")), "a < 12.50")
    equal(tostring(col "a":and_(col "b", col "c":not_())), "a and b and (not c)")
    equal(tostring(col "a":is_in { "x", "y" }), [[is_in(a, {"x", "y"})]])
  end)

  it("is not changed by what is made of it", function()
    local stars = col "stars"
    local _ = stars:ge(4):and_(stars:lt(5))
    equal(tostring(stars), "stars")
  end)

  it("has no operators that Lua would get wrong", function()
    equal(fails("usage", "col: `==` cannot compare tideway.Expression with tideway.Expression",
      function() return col "a" == col "b" end), "use the method :eq()")
    equal(fails("usage", "col: `<` cannot compare tideway.Expression with tideway.Expression",
      function() return col "a" < col "b" end), "use the method :lt()")
    assert(not pcall(function() return col "a" < 5 end))
    fails("usage",
      "filter: takes an expression (tw.col), a function, { not_null = column }, or a column and rules",
      function() return reviews():filter(col "stars" == 5) end)
  end)

  it("takes values and expressions only", function()
    equal(fails("usage", "eq: takes no null",
      function() col "a":eq(tw.null) end), "nulls are found by :is_null() and :not_null()")
    fails("usage", "eq: takes a value or an expression, not nil", function() col "a":eq() end)
    fails("usage", "eq: takes a value or an expression, not table", function() col "a":eq {} end)
    fails("usage", "eq: takes a value or an expression, not tideway.Secret",
      function() col "a":eq(tw.env("TIDEWAY_TEST_UNSET", "word")) end)
    fails("usage", "col: argument 1 must be a string, not number", function() col(1) end)
    fails("usage", "is_in: argument 2 must be a list, not string", function() col "a":is_in "x" end)
    fails("usage", "is_in: argument 2 must be a list, not table",
      function() col "a":is_in { x = 1 } end)
    fails("usage", "tideway.Expression: no member `equals`",
      function() col "a":equals(1) end)
    fails("usage", "contains: takes a text, not 1", function() col "a":contains(1) end)
  end)

  it("names a broken pattern where it is written", function()
    fails("usage", "matches: `(a`: Invalid regular expression: missing ): (a",
      function() col "a":matches "(a" end)
  end)
end)

describe("filter", function()
  it("keeps what is true, and neither false nor null", function()
    equal(ids(reviews():filter(col "stars":ge(4))), "1 3")
    equal(ids(reviews():filter(col "stars":ne(5))), "2 3")
    equal(ids(reviews():filter(col "stars":ne(5):or_(col "stars":is_null()))), "2 3 4")
    equal(ids(reviews():filter(col "stars":ge(4):not_())), "2")
    equal(ids(reviews():filter(col "stars":ge(4):and_(col "text":not_null()))), "1")
    equal(ids(reviews():filter(col "price":gt(col "stars"))), "1 2")
    equal(ids(reviews():filter(col "stars":is_in { 1, 5 })), "1 2")
    equal(ids(reviews():filter(col "stars":gt(3.5))), "1 3")
  end)

  it("looks into texts", function()
    equal(ids(reviews():filter(col "text":length():eq(4))), "4")
    equal(ids(reviews():filter(col "text":bytes():eq(6))), "4")
    equal(ids(reviews():filter(col "text":trim():upper():eq "ÉTÉ")), "4")
    equal(ids(reviews():filter(col "text":lower():contains "great")), "1")
    equal(ids(reviews():filter(col "text":starts_with "B")), "2")
    equal(ids(reviews():filter(col "text":ends_with "phone")), "1")
    equal(ids(reviews():filter(col "text":matches [[^\w+ \w+$]])), "1")
  end)

  it("knows times and integers of 64 bits", function()
    local rows = tw.dataset.from_rows {
      { id = tw.int64 "9007199254740993", day = tw.time.date "2024-01-02" },
      { id = 7, day = tw.time.date "2024-01-01" },
    }
    equal(ids(rows:filter(col "id":eq(tw.int64 "9007199254740993"))), "9007199254740993LL")
    equal(rows:filter(col "id":eq(9007199254740992)):count(), 0)
    equal(ids(rows:filter(col "day":lt(tw.time.date "2024-01-02"))), "7")
  end)

  it("finds wrong columns and types before anything runs", function()
    fails("usage", "filter: no column `star`; did you mean `stars`?",
      function() reviews():filter(col "star":ge(4)):columns() end)
    fails("usage", [[filter: cannot compare `stars` (int64) with "5" (string)]],
      function() reviews():filter(col "stars":eq "5"):columns() end)
    fails("usage", "filter: condition must be true or false, not int64: stars",
      function() reviews():filter(col "stars"):columns() end)
  end)

  it("stands in the plan", function()
    equal(reviews():filter(col "stars":ge(4)):plan(), "filter stars >= 4\n  from_rows 4 rows\n")
  end)
end)

describe("with", function()
  it("adds columns by name and replaces others in place", function()
    local rows = reviews():with {
      stars = col "stars" * 2,
      source = "reviews",
      big = col "stars":ge(4),
      seen = tw.time.date "2024-01-02",
    }
    local names = {}
    for _, column in ipairs(rows:columns()) do names[#names + 1] = column.name .. " " .. column.type end
    equal(table.concat(names, ", "), "id int64, price double, stars int64, text string, "
      .. "big bool, seen date32[day], source string")
    local row = rows:head(1)[1]
    equal(row.stars, 10)
    equal(row.big, true)
    equal(row.source, "reviews")
    equal(tostring(row.seen), "2024-01-02")
    equal(rows:count(), 4)
  end)

  it("sees the columns that were there before", function()
    local row = reviews():with({ id = col "id" + 1, next = col "id" + 1 }):head(1)[1]
    equal(row.id, 2)
    equal(row.next, 2)
  end)

  it("calculates", function()
    equal(first(col "stars" + 1), 6)
    equal(first(1 - col "stars"), -4)
    equal(first(col "stars" / 2), 2.5)
    equal(first(-col "stars" * 0.5), -2.5)
    equal(first(col "price" + col "stars"), 15.5)
    equal(first("<" .. col "text" .. ">"), "<Great phone>")
    equal(first(col "text":replace("Great", "Good")), "Good phone")
    equal(first(col "text":length() + col "text":bytes()), 22)
    equal(reviews():with({ n = col "stars":coalesce(0) }):collect()[4].n, 0)
    equal(reviews():with({ n = col "stars" + 1 }):collect()[4].n, tw.null)
  end)

  it("tells which row it cannot compute", function()
    fails("data", "with n: stars + 9223372036854775803: overflow: 5, 9223372036854775803 (row 1)",
      function() reviews():with({ n = col "stars" + tw.int64 "9223372036854775803" }):collect() end)
    fails("data", [[with n: "Great phone" does not fit int64 (row 1)]],
      function() reviews():with({ n = col "text":cast "int64" }):collect() end)
  end)

  it("takes columns by name", function()
    fails("usage", "with: no columns given", function() reviews():with {} end)
    fails("usage", "with: takes columns by name, not a list",
      function() reviews():with { col "a" } end)
    fails("usage", "with n: takes no null", function() reviews():with { n = tw.null } end)
    fails("usage", "with n: takes a value or an expression, not function",
      function() reviews():with { n = function() end } end)
  end)
end)

describe("cast", function()
  it("gives columns other types in place", function()
    local rows = reviews():cast { stars = "string", price = "decimal128(5, 2)" }
    equal(rows:plan():match "[^\n]*", "cast price to decimal128(5, 2), stars to string")
    equal(rows:columns()[3].type, "string")
    equal(rows:head(1)[1].stars, "5")
    equal(tostring(rows:head(1)[1].price), "10.50")
    equal(rows:collect()[4].stars, tw.null)
  end)

  it("refuses unknown columns and types, and values that do not fit", function()
    fails("usage", "cast star: no column `star`; did you mean `stars`?",
      function() reviews():cast({ star = "string" }):columns() end)
    fails("usage", "cast: unknown type `strnig`; did you mean `string`?",
      function() reviews():cast { stars = "strnig" } end)
    fails("data", "cast price: 10.5 does not fit int64 (row 1)",
      function() reviews():cast({ price = "int64" }):collect() end)
    fails("usage", "cast: takes columns by name, not a list",
      function() reviews():cast { "int64" } end)
  end)
end)
