local checks = require "checks"
local tw = require "tideway"
local col = tw.col

local equal, fails = checks.equal, checks.fails

local function files()
  return tw.dataset.from_rows {
    { id = 1, path = "a/b.c", language = "C",    size = 10 },
    { id = 2, path = "/x.go", language = "Go",   size = -1 },
    { id = 2, path = "c.rs",  language = "Rust", size = 30 },
    { id = 4, path = "d.c",   language = tw.null, size = 20 },
  }
end

local function ids(rows)
  local list = {}
  for row in rows:rows() do list[#list + 1] = tostring(row.id) end
  return table.concat(list, " ")
end

-- The outcome of that name.
local function outcome(result, name)
  for _, one in ipairs(result.outcomes) do
    if one.name == name then return one end
  end
  error("no outcome " .. name, 2)
end

local function tagged(expectations) return files():validate(expectations, { mode = "tag" }) end

-- The rows (from 1) that fail the only expectation about a column.
local function failing(column, expectation)
  local result = tagged { columns = { [column] = expectation } }
  return table.concat(result.outcomes[1].rows, " ")
end

describe("an expectation", function()
  it("finds the rows that do not meet it", function()
    equal(failing("size", { min = 0 }), "2")
    equal(failing("size", { max = 20 }), "3")
    equal(failing("language", { not_null = true }), "4")
    equal(failing("language", { is_in = { "C", "Go" } }), "3")
    equal(failing("path", { matches = "^[^/]" }), "2")
    equal(failing("path", { min_length = 4 }), "4")
    equal(failing("path", { max_length = 4 }), "1 2")
    equal(failing("id", { unique = true }), "3")
    equal(failing("language", { refers_to = { rows = files():limit(2), column = "language" } }), "3")
  end)

  it("is met by nulls, but for not_null", function()
    equal(failing("language", { matches = "^.$" }), "2 3")
    equal(failing("language", { unique = true, optional = true }), "")
  end)

  it("may be a condition, and a combination of columns", function()
    local result = tagged { rows = { small = col "size":lt(30) }, unique = { { "id", "language" } } }
    equal(table.concat(outcome(result, "small").rows, " "), "3")
    equal(outcome(result, "id+language.unique").failed, 0)
  end)

  it("tells types and columns that are not there", function()
    local result = tagged {
      columns = { id = { type = "string", min = 3 }, stars = { min = 0 }, size = { type = "int64" } },
      extra_columns = false,
    }
    equal(outcome(result, "id.type").found, "int64")
    equal(outcome(result, "id.type").passed, false)
    equal(outcome(result, "stars.present").passed, false)
    equal(outcome(result, "size.type").passed, true)
    equal(outcome(result, "extra_columns").found, "language, path")
    equal(#result.outcomes, 4)
    equal(#tagged({ columns = { stars = { min = 0, optional = true } } }).outcomes, 0)
    local rows = tw.dataset.from_rows({}, { types = { a = "float64", b = "date32", c = "large_string" } })
    local columns = { a = { type = "float64" }, b = { type = "date32" }, c = { type = "string" } }
    equal(rows:validate({ columns = columns }).passed, true)
    fails("usage", "unknown type `int46`; did you mean `int16`?",
      function() tagged { columns = { id = { type = "int46" } } } end)
  end)

  it("allows a share of the rows to fail", function()
    equal(tagged({ columns = { size = { min = 0, max_failed = 0.25 } } }).passed, true)
    equal(tagged({ columns = { size = { min = 0, max_failed = 0.2 } } }).passed, false)
    equal(tagged({ columns = { language = { non_null_share = 0.75 } } }).passed, true)
    equal(tagged({ columns = { language = { non_null_share = 0.8 } } }).passed, false)
  end)

  it("tells outliers by fences of the column", function()
    local rows = {}
    for i = 1, 101 do rows[i] = { id = i, size = i == 7 and 9999 or i } end
    for _, outliers in ipairs { { method = "mad" }, { method = "iqr", limit = 3 } } do
      local result = tw.dataset.from_rows(rows)
        :validate({ columns = { size = { outliers = outliers } } }, { mode = "drop" })
      equal(outcome(result, "size.outliers").rows[1], 7)
      equal(result.counts.kept, 100)
      assert(outcome(result, "size.outliers").fences[2] < 9999)
    end
  end)
end)

describe("expectations about all rows", function()
  it("count rows", function()
    equal(tagged({ row_count = { min = 4, max = 4 } }).passed, true)
    equal(tagged({ row_count = { min = 5 } }).passed, false)
    equal(tagged({ row_count = { max = 3 } }).passed, false)
  end)

  it("look at the balance of values", function()
    local function balance(limits)
      limits.column = "language"
      return tagged({ balance = { limits } }).passed
    end
    equal(balance { min_share = 0.33, max_share = 0.34, max_ratio = 1 }, true)
    equal(balance { min_share = 0.34 }, false)
    equal(balance { max_share = 0.33 }, false)
    equal(balance { values = { "C", "Go", "Rust" } }, true)
    equal(balance { values = { "C", "Lua" } }, false)
  end)

  it("look at the balance of each group", function()
    local rows = {}
    for i = 1, 400 do rows[i] = { label = i % 2, source = i <= 200 and "a" or "b" } end
    for i = 401, 600 do rows[i] = { label = 1, source = "c" } end
    local function passes(limit)
      return tw.dataset.from_rows(rows):validate(
        { balance = { { column = "label", by = "source", max_difference = limit } } }, { mode = "tag" })
    end
    local result = passes(0.3)
    equal(result.passed, false)
    equal(outcome(result, "label.balance_by_source").found, "0.3333 in c")
    equal(passes(0.34).passed, true)
  end)
end)

describe("a comparison with an earlier version", function()
  local function sizes(from, count, language)
    local rows = {}
    for i = 1, count do rows[i] = { size = from + (i * 7919) % 1000, language = language(i) } end
    return tw.dataset.from_rows(rows)
  end
  local function half(i) return i % 2 == 0 and "C" or "Go" end
  local earlier = tw.validate.profile(sizes(0, 1000, half), { numbers = { "size" }, categories = { "language" } })

  local function compare(rows, columns, more)
    local compared = { earlier = earlier, columns = columns }
    for name, value in pairs(more or {}) do compared[name] = value end
    return rows:validate({ compare = compared }, { mode = "tag" })
  end

  it("is silent on the same distribution", function()
    local result = compare(sizes(0, 900, half), {
      size = { max_psi = 0.1, max_ks = 0.05, max_js = 0.05, min_p = 0.01 },
      language = { max_psi = 0.1, new_values = false, gone_values = false },
    }, { min_rows = 0.9, max_rows = 1 })
    equal(result.passed, true)
    equal(#result.outcomes, 11)
  end)

  it("tells a shift, new and gone values and another number of rows", function()
    local result = compare(sizes(500, 2000, function(i) return i % 10 == 0 and "Lua" or "C" end), {
      size = true, language = { new_values = false, gone_values = false },
    }, { max_rows = 1.5 })
    for _, name in ipairs { "size.max_psi", "language.max_psi", "language.new_values", "language.gone_values",
      "compare.max_rows" } do
      equal(outcome(result, name).passed, false)
    end
    equal(outcome(result, "language.new_values").found, "Lua")
    equal(outcome(result, "language.gone_values").found, "Go")
    equal(outcome(result, "size.max_null_change").passed, true)
  end)

  it("reads the profile from a file, and needs the columns to be in it", function()
    local path = tw.path.scratch "profile" .. ".json"
    tw.validate.profile(sizes(0, 1000, half), { numbers = { "size" }, path = path })
    local rows = sizes(0, 900, half)
    equal(rows:validate({ compare = { earlier = path, columns = { size = true } } }).passed, true)
    fails("data", "validate: compare: column `language` is not in the profile of the earlier version", function()
      rows:validate { compare = { earlier = path, columns = { language = true } } }
    end)
    tw.path.write(path, "[]")
    fails("data", "validate: not a profile: " .. path, function()
      rows:validate { compare = { earlier = path, columns = { size = true } } }
    end)
  end)

  it("gives the measures themselves", function()
    local now = tw.validate.profile(sizes(0, 1000, half), { numbers = { "size" }, categories = { "language" } })
    equal(tw.validate.drift(earlier, now, "size").ks, 0)
    equal(tw.validate.drift(earlier, now, "language").psi, 0)
    fails("usage", "validate.drift: column `x` is not in both profiles",
      function() tw.validate.drift(earlier, now, "x") end)
  end)
end)

describe("a mode", function()
  local expectations = tw.validate.expect {
    columns = { size = { min = 0 }, id = { unique = true } }, row_count = { min = 2 },
  }

  it("refuses with an error that tells what and where", function()
    local hint = fails("data", "validate: 2 of 3 expectations not met: id.unique (1 of 4 rows fail, first 3); "
      .. "size.min (1 of 4 rows fail, first 2)", function() files():validate(expectations) end)
    assert(hint:find "report")
    equal(files():limit(1):validate(tw.validate.expect { columns = { size = { min = 0 } } }).passed, true)
  end)

  it("drops rows, up to a share", function()
    local result = files():validate(expectations, { mode = "drop", max_dropped = 0.5 })
    equal(ids(result.rows), "1 4")
    equal(result.rows:count(), 2)
    equal(result.dropped["size.min"], 1)
    equal(result.dropped["id.unique"], 1)
    fails("data", "validate: 1 of 4 expectations not met: max_dropped (50%: 2 rows, expected at most 49%)",
      function() files():validate(expectations, { mode = "drop", max_dropped = 0.49 }) end)
  end)

  it("refuses where what is left of a drop is not enough", function()
    fails("data", "validate: 1 of 3 expectations not met: row_count.min (3, expected 4)", function()
      files():validate({ columns = { size = { min = 0 } }, row_count = { min = 4 } },
        { mode = "drop", max_dropped = 1 })
    end)
  end)

  it("tags rows with the names of what they fail", function()
    local result = files():validate(expectations, { mode = "tag", tag = "why" })
    local tags = {}
    for row in result.rows:rows() do tags[#tags + 1] = tostring(row.why) end
    equal(table.concat(tags, " "), "null size.min id.unique null")
    equal(result.passed, false)
  end)

  it("warns where it is told so", function()
    local result = files():validate({ columns = { size = { min = 0 } }, warn = { "size.min" } }, { mode = "drop" })
    equal(result.passed, true)
    equal(result.counts.kept, 4)
    equal(outcome(result, "size.min").warning, true)
    fails("usage", "validate: warn: no expectation is named `size.mn`; did you mean `size.min`?", function()
      files():validate({ columns = { size = { min = 0 } }, warn = { "size.mn" } }, { mode = "drop" })
    end)
  end)

  it("gives rows that go on to other operators", function()
    local result = files():validate(expectations, { mode = "drop", max_dropped = 1 })
    equal(ids(result.rows:filter(col "size":gt(10))), "4")
    equal(result.rows:select("path"):head(1)[1].path, "a/b.c")
  end)
end)

describe("a report", function()
  it("has positions and no values, unless asked", function()
    local expectations = { columns = { path = { matches = "^[^/]" } } }
    local plain = files():validate(expectations, { mode = "tag" })
    assert(not plain:json():find("/x.go", 1, true))
    assert(not plain:html():find("/x.go", 1, true))
    local shown = files():validate(expectations, { mode = "tag", show = { "path" } })
    assert(shown:json():find("/x.go", 1, true))
    assert(shown:html():find("/x.go", 1, true))
    equal(tw.json.decode(plain:json()).expectations[1].rows[1], 2)
  end)

  it("prints one line for each expectation", function()
    equal(tostring(tagged { columns = { size = { min = 0, type = "int64" } } }), table.concat({
      "failed: 4 rows, 2 expectations",
      "  passed   size.type  int64, expected int64",
      "  failed   size.min   1 of 4 rows fail, first 2",
    }, "\n"))
  end)

  it("is written also where the run is refused", function()
    local path = tw.path.scratch "report" .. ".json"
    pcall(function() files():validate({ columns = { size = { min = 0 } } }, { report = path }) end)
    equal(tw.json.decode(tw.path.read(path)).passed, false)
  end)
end)

describe("mistakes", function()
  local function expect_fails(message, expectations)
    return fails("usage", message, function() tw.validate.expect(expectations) end)
  end

  it("are found when expectations are made", function()
    expect_fails("validate: expectations: unknown field `column`; did you mean `columns`?", { column = {} })
    expect_fails("validate: column `a`: unknown field `minimum`", { columns = { a = { minimum = 1 } } })
    expect_fails("validate: column `a`: `unique` must be true or false, not string",
      { columns = { a = { unique = "yes" } } })
    expect_fails("validate: column `a`: `max_failed` must be a share from 0 to 1, not 2",
      { columns = { a = { max_failed = 2 } } })
    expect_fails("validate: column `a`: refers_to needs rows and column",
      { columns = { a = { refers_to = { column = "x" } } } })
    expect_fails("validate: column `a`: outliers: method must be `mad` or `iqr`: `z`",
      { columns = { a = { outliers = { method = "z" } } } })
    expect_fails("validate: rows: `a` must be an expression (tw.col), not function", { rows = { a = print } })
    expect_fails('validate: unique is a list of lists of columns: { { "repo", "path" } }', { unique = { "a" } })
    expect_fails("validate: balance 1: column is missing", { balance = { {} } })
    expect_fails("validate: balance 1: max_difference needs `by`",
      { balance = { { column = "a", max_difference = 0.1 } } })
    expect_fails("validate: compare: earlier is missing", { compare = {} })
    expect_fails("validate: compare: column `a` must be true or a table",
      { compare = { earlier = {}, columns = { a = 1 } } })
    expect_fails("validate: expectations must be a table, not nil", nil)
  end)

  it("in options are named", function()
    local function options_fail(message, options)
      fails("usage", message, function() files():validate({}, options) end)
    end
    options_fail("validate: mode must be `refuse`, `drop` or `tag`: `dropp`; did you mean `drop`?", { mode = "dropp" })
    options_fail("validate: a report is a .json or .html file: out/report", { report = "out/report" })
    options_fail("validate: options: unknown field `modes`; did you mean `mode`?", { modes = "drop" })
    options_fail("validate: there is a column `path` already", { mode = "tag", tag = "path" })
  end)

  it("in columns and types are found before anything runs", function()
    fails("usage", "validate: size.matches: matches takes texts, not `size` (int64)",
      function() files():validate { columns = { size = { matches = "a" } } } end)
    fails("usage", "validate: path.outliers: needs a column of numbers, not string",
      function() files():validate { columns = { path = { outliers = true } } } end)
    fails("usage", "validate: two expectations are named `id.unique`",
      function() files():validate { columns = { id = { unique = true } }, unique = { { "id" } } } end)
  end)
end)
