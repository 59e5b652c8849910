local checks = require "checks"
local tw = require "tideway"

local equal, fails = checks.equal, checks.fails

local function rows()
  return tw.dataset.from_rows {
    { id = 1, word = "a" }, { id = 2, word = "b" }, { id = 3, word = "c" },
    { id = 4, word = "a" }, { id = 5, word = "b" }, { id = 6, word = tw.null },
  }
end

local function numbered(n)
  local list = {}
  for i = 1, n do list[i] = { id = i, label = i % 3 } end
  return tw.dataset.from_rows(list)
end

local function ids(dataset)
  local list = {}
  for row in dataset:rows() do list[#list + 1] = tostring(row.id) end
  return table.concat(list, " ")
end

describe("a dataset", function()
  it("gives its rows back, with their nulls", function()
    equal(ids(rows()), "1 2 3 4 5 6")
    equal(rows():count(), 6)
    equal(rows():head(2)[2].word, "b")
    equal(#rows():head(), 6)
    equal(#rows():head(0), 0)
    equal(rows():collect()[6].word, tw.null)
    equal(#numbered(25):head(), 10)
  end)

  it("may be left half-way", function()
    for row in numbered(5000):rows() do
      if row.id == 3 then break end
    end
  end)

  it("is not changed by what is built on it", function()
    local base = rows()
    base:select("word")
    equal(#base:columns(), 2)
  end)

  it("may have no rows", function()
    local none = tw.dataset.from_rows({}, { types = { id = "int64" } })
    equal(none:count(), 0)
    equal(#none:collect(), 0)
    equal(none:sample({ n = 3 }):count(), 0)
    local parts = none:split { train = 0.5, test = 0.5 }
    equal(parts.train:count(), 0)
  end)

  it("prints its plan", function()
    equal(tostring(rows():select("id")), "tideway.Dataset: select id")
    equal(rows():select("id"):plan(), "select id\n  from_rows 6 rows\n")
  end)

  it("names what it does not have", function()
    fails("usage", "tideway.Dataset: no member `counts`; did you mean `count`?",
      function() rows():counts() end)
    fails("usage", "select: no column `wrd`; did you mean `word`?",
      function() rows():select("wrd"):collect() end)
    fails("usage", "head: n must not be negative: -1", function() rows():head(-1) end)
  end)
end)

describe("operators", function()
  it("choose and rename columns", function()
    equal(rows():select("word", "id"):columns()[1].name, "word")
    equal(#rows():select({ "word" }):columns(), 1)
    equal(rows():drop("id"):columns()[1].name, "word")
    equal(rows():rename({ word = "w" }):columns()[2].name, "w")
  end)

  it("filter by a function or by nulls", function()
    equal(ids(rows():filter(function(row) return row.id > 3 end)), "4 5 6")
    equal(ids(rows():filter { not_null = "word" }), "1 2 3 4 5")
    equal(ids(rows():filter { not_null = { "id", "word" } }), "1 2 3 4 5")
    fails("usage", "filter: takes an expression (tw.col), a function, { not_null = column }, or a column and rules",
      function() rows():filter {} end)
  end)

  it("map a column, natively or not, and whole rows", function()
    equal(rows():map("word", tw.text.clean {}):head(1)[1].word, "a")
    equal(rows():map("id", function(id) return id + 1 end):head(1)[1].id, 2)
    local sizes = rows():map(function(row) return { size = row.id * 2 } end,
      { returns = { size = "int64" } })
    equal(sizes:columns()[3].type, "int64")
    equal(sizes:head(2)[2].size, 4)
  end)

  it("turn each row into none, one or many", function()
    local words = tw.dataset.from_rows { { id = 1, text = "a b" }, { id = 2, text = tw.null }, { id = 3, text = "c" } }
    local split = words:flat_map(function(row)
      local list = {}
      for word in (row.text or ""):gmatch "%S+" do list[#list + 1] = { text = word, at = #list } end
      return list
    end, { returns = { at = "int64" } })
    equal(ids(split), "1 1 3")
    equal(split:collect()[2].text, "b")
    equal(split:collect()[2].at, 1)
    equal(split:columns()[3].type, "int64")
    equal(ids(words:flat_map(function() return { {}, {} } end)), "1 1 2 2 3 3")
    fails("script", "flat_map: the function must return a list of rows, {} for none, not nil (row 2)",
      function() words:flat_map(function(row) if row.id == 1 then return {} end end):collect() end)
    fails("usage", "flat_map: returns must be a table of columns and their types",
      function() words:flat_map(function() return {} end, { returns = 1 }) end)
    fails("usage", "flat_map: a Lua function is needed, not table", function() words:flat_map {} end)
  end)

  it("concatenate in order, and refuse other columns", function()
    equal(ids(rows():concat(rows(), rows():filter { not_null = "word" })),
      "1 2 3 4 5 6 1 2 3 4 5 6 1 2 3 4 5")
    fails("data",
      "concat: input 2 does not fit the first: column `id` is int64 there and double here",
      function() rows():concat(rows():map("id", function(id) return id end,
        { returns = "float64" })):collect() end)
  end)

  it("limit and skip rows by their number", function()
    equal(ids(rows():limit(2)), "1 2")
    equal(ids(rows():skip(4)), "5 6")
    equal(ids(rows():skip(1):limit(3)), "2 3 4")
    equal(rows():limit(0):count(), 0)
    equal(rows():limit(100):count(), 6)
    equal(ids(numbered(5000):filter(function(row) return row.label == 0 end):skip(1000):limit(2)),
      "3003 3006")
    equal(rows():limit(2):plan(), "limit 2\n  from_rows 6 rows\n")
    fails("usage", "limit: n must not be negative: -1", function() rows():limit(-1) end)
    fails("usage", "skip: n must not be negative: -1", function() rows():skip(-1) end)
  end)

  it("may not be chained without end", function()
    local long = rows()
    fails("usage", "filter: a plan may be at most 1000 steps deep", function()
      for _ = 1, 20000 do long = long:filter { not_null = "word" } end
    end)
    equal(long:count(), 5)
  end)

  it("tap rows under a name", function()
    local tapped = rows():tap("all of them")
    equal(ids(tapped), "1 2 3 4 5 6")
    equal(tapped:count(), 6)
    equal(tapped:plan(), "tap all of them\n  from_rows 6 rows\n")
    fails("usage", "tap: a name is one line of 1 to 100 bytes: ``", function() rows():tap "" end)
    fails("usage", "tap: a name is one line of 1 to 100 bytes: `a\nb`", function() rows():tap "a\nb" end)
  end)

  it("sample exactly n rows, the same for the same seed", function()
    local many = numbered(500)
    local first = ids(many:sample { n = 50, seed = 42, key = "id" })
    equal(ids(many:sample { n = 50, seed = 42, key = "id" }), first)
    assert(ids(many:sample { n = 50, seed = 43, key = "id" }) ~= first)
    equal(many:sample({ n = 50 }):count(), 50)
    equal(many:sample({ n = 5000 }):count(), 500)
    fails("data", "sample: key `word` is null (row 6)",
      function() rows():sample({ n = 1, key = "word" }):collect() end)
    fails("usage", "sample: give either n or fraction", function() rows():sample {} end)
  end)

  it("sample so many rows per value, and by weights", function()
    local many = numbered(500)
    local counts = {}
    for row in many:sample({ n = 20, per = "label", seed = 1 }):rows() do
      local label = tonumber(row.label)
      counts[label] = (counts[label] or 0) + 1
    end
    equal(table.concat({ counts[0], counts[1], counts[2] }, " "), "20 20 20")
    equal(many:sample({ fraction = 0.1, per = { "label" } }):count(), 17 + 17 + 17)
    for row in many:sample({ n = 400, weights = "label" }):rows() do assert(row.label ~= 0) end
    equal(many:sample({ n = 400, weights = "label" }):count(), 334)
    equal(ids(many:sample { n = 50, key = { "id", "label" } }), ids(many:sample { n = 50, key = { "id", "label" } }))
    fails("usage", "sample: weights must be numbers: column `word` is string",
      function() rows():sample({ n = 1, weights = "word" }):collect() end)
    local odd = tw.dataset.from_rows { { w = 1 }, { w = -2 } }
    fails("data", "sample: weight `w` must be finite and not negative: -2 (row 2)",
      function() odd:sample({ n = 1, weights = "w" }):collect() end)
  end)

  it("keep distinct rows, the first of each", function()
    equal(ids(rows():distinct "word"), "1 2 3 6")
    equal(rows():distinct():count(), 6)
    equal(rows():concat(rows()):distinct({ "id", "word" }):count(), 6)
    fails("usage", "distinct: no column `wrod`; did you mean `word`?",
      function() rows():distinct("wrod"):collect() end)
  end)

  it("group by columns and compute of each group", function()
    local groups = rows():group_by("word", { n = "count", least = { min = "id" }, sum = { sum = "id" } }):collect()
    equal(#groups, 4)
    equal(groups[1].word, "a")
    equal(groups[1].n, 2)
    equal(groups[1].least, 1)
    equal(groups[1].sum, 5)
    equal(groups[4].word, tw.null)
    equal(rows():group_by({}, { n = "count" }):head(1)[1].n, 6)
    local middle = rows():group_by({}, { m = { median = "id" }, q = { quantile = "id", q = 0.25 } })
    equal(middle:head(1)[1].m, 3.5)
    equal(middle:head(1)[1].q, 2.25)
    fails("usage", "group_by: `x`: q must be a number from 0 to 1, not 1.5",
      function() rows():group_by("word", { x = { quantile = "id", q = 1.5 } }) end)
    fails("usage", "group_by: `x`: quantile needs q",
      function() rows():group_by("word", { x = { quantile = "id" } }) end)
    fails("usage", "group_by: `x`: q goes with quantile only",
      function() rows():group_by("word", { x = { median = "id", q = 0.5 } }) end)
    fails("usage", "group_by: no aggregate `summ`; did you mean `sum`?",
      function() rows():group_by("word", { x = { summ = "id" } }) end)
    fails("usage", "group_by: `x` names no column", function() rows():group_by("word", { x = "sum" }) end)
    fails("usage", "group_by: `x` must be \"count\" or like { sum = \"stars\" }",
      function() rows():group_by("word", { x = 5 }) end)
    fails("usage", "group_by: what to compute has no name", function() rows():group_by("word", { "count" }) end)
    fails("usage", "group_by: nothing to compute", function() rows():group_by("word", {}):collect() end)
  end)

  it("join with another dataset", function()
    local names = tw.dataset.from_rows { { w = "a", name = "A" }, { w = "c", name = "C" } }
    local by_word = { on = { word = "w" } }
    equal(ids(rows():join(names, by_word)), "1 3 4")
    equal(rows():join(names, by_word):head(1)[1].name, "A")
    equal(ids(rows():join(names, { on = { word = "w" }, how = "anti" })), "2 5 6")
    equal(ids(rows():join(rows(), { on = "id", how = "semi" })), "1 2 3 4 5 6")
    equal(rows():join(rows(), { on = "id", suffix = "_2" }):head(1)[1].word_2, "a")
    fails("usage", "join: both sides have a column `word`",
      function() rows():join(rows(), { on = "id" }):collect() end)
    fails("usage", "join: how must be one of `inner`, `left`, `semi`, `anti`: `outer`",
      function() rows():join(rows(), { on = "id", how = "outer" }) end)
    fails("usage", "join: no columns to join on", function() rows():join(rows(), {}) end)
    fails("data", "join: several rows on the right have word = a",
      function() names:join(rows(), { on = { w = "word" }, validate = "m:1" }):collect() end)
  end)

  it("sort by columns, equal rows in their order, nulls last", function()
    equal(ids(rows():sort "word"), "1 4 2 5 3 6")
    equal(ids(rows():sort({ "word", "id" }, { descending = { "id" } })), "4 1 5 2 3 6")
    equal(ids(rows():sort("word", { descending = true })), "3 2 5 1 4 6")
    equal(ids(rows():sort("word", { descending = true, nulls = "first" })), "6 3 2 5 1 4")
    equal(ids(rows():sort("word", { descending = false }):filter { not_null = "word" }), "1 4 2 5 3")
    fails("usage", "sort: no columns given", function() rows():sort {} end)
    fails("usage", "sort: no column `wrod`; did you mean `word`?",
      function() rows():sort("wrod"):collect() end)
    fails("usage", "sort: descending names a column that is not sorted by: `wrod`; did you mean `word`?",
      function() rows():sort("word", { descending = { "wrod" } }) end)
    fails("usage", "sort: nulls must be one of `last`, `first`: `lst`; did you mean `last`?",
      function() rows():sort("word", { nulls = "lst" }) end)
  end)

  it("shuffle every row, the same for the same seed", function()
    local many = numbered(500)
    local first = ids(many:shuffle { seed = 42 })
    equal(ids(many:shuffle { seed = 42 }), first)
    assert(ids(many:shuffle { seed = 43 }) ~= first)
    equal(ids(many:shuffle():sort "id"), ids(many))
  end)

  it("encode labels", function()
    local encoded = rows():encode("word", tw.labels { "c", "b", "a" }, { as = "label" })
    equal(encoded:head(1)[1].label, 2)
    equal(encoded:collect()[6].label, tw.null)
    equal(rows():encode("word", { "a", "b", "c" }, { nulls = "drop" }):count(), 5)
    equal(rows():encode("word", { "a" }, { on_unknown = "drop", nulls = "drop" }):count(), 2)
    fails("data", "encode word: unknown label: `c`; did you mean `a`? (row 3)",
      function() rows():encode("word", { "a", "b" }):collect() end)
    fails("usage", "encode: labels must be a list of names, not a table by name",
      function() rows():encode("word", { a = 0 }) end)
    fails("usage", "encode: nulls must be one of `keep`, `drop`, `error`: `kep`; did you mean `keep`?",
      function() rows():encode("word", { "a" }, { nulls = "kep" }) end)
  end)
end)

describe("split", function()
  it("gives exact sizes, by name and in order", function()
    local parts = numbered(1523):split {
      train = 0.8, eval = "0.1", test = 0.1, stratify = "label", seed = 42,
    }
    equal(table.concat(parts, " "), "train eval test")
    equal(parts.train:count(), 1218)
    equal(parts.eval:count(), 152)
    equal(parts.test:count(), 153)
  end)

  it("puts every row in one part", function()
    local parts = numbered(100):split { a = 0.5, b = 0.5 }
    local seen = {}
    for _, name in ipairs(parts) do
      for row in parts[name]:rows() do
        assert(not seen[row.id], "row in two parts: " .. row.id)
        seen[row.id] = true
      end
    end
    equal(#seen, 100)
  end)

  it("refuses shares that cannot be", function()
    fails("usage", "split: shares must sum to at most 1: 1.1",
      function() rows():split { train = 0.8, test = 0.3 } end)
    fails("usage", "split: share of `train` must be a number, not boolean",
      function() rows():split { train = true } end)
    fails("usage", "split: share of `train` must be a number above 0, at most 1: -0.5",
      function() rows():split { train = -0.5 } end)
    fails("usage", "split: no parts", function() rows():split { seed = 1 } end)
  end)

  it("never puts a group into two parts", function()
    local parts = numbered(100):map(function(row) return { user = math.floor(row.id / 5) } end,
      { returns = { user = "int64" } })
      :split { train = 0.8, test = 0.2, group = "user", stratify = { "label" }, seed = 1 }
    local part_of = {}
    for _, name in ipairs(parts) do
      for row in parts[name]:rows() do
        local user = tostring(row.user)
        equal(part_of[user] or name, name)
        part_of[user] = name
      end
    end
    assert(math.abs(parts.test:count() - 20) <= 4)
  end)

  it("by hash, leaves rows where they are when others come", function()
    local function test(rows_now)
      local parts = rows_now:split { train = 0.7, test = 0.3, assign = "hash", key = { "id" }, seed = 3 }
      return ids(parts.test)
    end
    local before = test(numbered(200))
    equal(test(numbered(300)):sub(1, #before), before)
    fails("data", "split: key `word` is null (row 6)", function()
      rows():split({ all = 1, assign = "hash", key = "word" }).all:count()
    end)
    fails("usage", 'split: assign = "hash" needs key', function() rows():split { a = 1, assign = "hash" } end)
    fails("usage", 'split: key needs assign = "hash"', function() rows():split { a = 1, key = "id" } end)
    fails("usage", "split: assign must be one of `exact`, `hash`: `hsh`; did you mean `hash`?",
      function() rows():split { a = 1, assign = "hsh", key = "id" } end)
  end)

  it("keeps no more rows than a part's cap", function()
    local parts = numbered(100):split { a = 0.5, b = 0.5, caps = { a = 10 } }
    equal(parts.a:count(), 10)
    equal(parts.b:count(), 50)
    fails("usage", "split: cap for what is no part: `trian`; did you mean `train`?",
      function() rows():split { train = 1, caps = { trian = 1 } } end)
    fails("usage", "split: cap of `a` must be a whole number",
      function() rows():split { a = 1, caps = { a = "x" } } end)
    fails("usage", "split: caps must be a table of rows by part, not number",
      function() rows():split { a = 1, caps = 5 } end)
  end)

  it("tells of a class too small to divide, when asked", function()
    local options = { a = 0.5, b = 0.5, stratify = "word", on_small = "error" }
    fails("data", "split: class too small to divide: `c` of word has 1 row, none in `a`",
      function() rows():split(options).a:count() end)
    options.on_small = nil
    equal(rows():split(options).a:count(), 3)
    fails("usage", "split: share of `stratfy` must be a number, not table; did you mean `stratify`?",
      function() rows():split { a = 1, stratfy = { "word" } } end)
  end)
end)

describe("describe", function()
  local function numbers()
    return tw.dataset.from_rows {
      { id = 1, word = "a", score = 0.5, day = tw.time.date "2024-01-31" },
      { id = 2, word = "नेपाल", score = 0 / 0, day = tw.time.date "2024-03-01" },
      { id = 3, word = "a", score = -2.25, day = tw.null },
    }:select("id", "word", "score", "day")
  end

  it("tells what is in each column", function()
    local summary = numbers():describe()
    equal(summary.rows, 3)
    local columns = summary.columns
    equal(#columns, 4)
    equal(columns[2].name, "word")
    equal(columns.id.mean, 2)
    equal(columns.id.max, 3)
    equal(#columns.id.histogram, 3)
    equal(columns.word.distinct, 2)
    equal(columns.word.distinct_is_exact, true)
    equal(columns.word.length.max, 5)
    equal(columns.word.top[1].value, "a")
    equal(columns.word.top[1].count, 2)
    equal(columns.score.nans, 1)
    equal(columns.score.min, -2.25)
    equal(columns.day.nulls, 1)
    equal(columns.day.max, tw.time.date "2024-03-01")
    equal(tostring(columns.day.histogram[1].from), "2024-01-31")
  end)

  it("knows the names of labels", function()
    local label = numbers():encode("word", { "नेपाल", "a" }, { as = "label" }):describe().columns.label
    equal(label.top[1].label, "a")
    equal(label.labels[1], "नेपाल")
  end)

  it("draws a table of at most 80 columns", function()
    equal(tostring(numbers():describe()), [[
3 rows × 4 columns

column  type    nulls  distinct         min    mean         max  histogram
id      int64       0         3           1       2           3  ███
word    string      0         2       len 1   len 2       len 5  █▄
  └ a 67% · नेपाल 33%
score   double      0         3       -2.25  -0.875         0.5  █        █
day     date32    33%         2  2024-01-31          2024-03-01  █      █]])
    local wide = numbers():rename { word = ("very_"):rep(20) }
      :with { [("long\n"):rep(9)] = tw.col("id"):cast "timestamp[us, UTC]" }
    for line in (tostring(wide:describe()) .. "\n"):gmatch "(.-)\n" do
      local _, characters = line:gsub("[^\128-\191]", "")
      assert(characters <= 80, line)
    end
  end)

  it("has nothing to tell of no rows", function()
    local summary = numbers():limit(0):describe()
    equal(summary.rows, 0)
    equal(summary.columns.id.distinct, 0)
    equal(summary.columns.id.min, nil)
    assert(tostring(summary):find("0 rows × 4 columns", 1, true))
  end)
end)

describe("diff", function()
  local function people(list)
    return tw.dataset.from_rows(list, { types = { id = "int64", name = "string", stars = "int64" } })
      :select("id", "name", "stars")
  end
  local before = people { { id = 1, name = "a", stars = 1 }, { id = 2, name = "b" }, { id = 3, name = "c", stars = 3 } }
  local after = people { { id = 3, name = "C", stars = 4 }, { id = 1, name = "a", stars = 1 }, { id = 4, name = "d" } }

  it("gives added, removed and changed rows, and their numbers", function()
    local diff = before:diff(after, { key = "id" })
    equal(ids(diff.added), "4")
    equal(ids(diff.removed), "2")
    equal(ids(diff.changed), "3")
    local row = diff.changed:head(1)[1]
    equal(row.changed, "name, stars")
    equal(row.name_before, "c")
    equal(row.stars_after, 4)
    equal(diff.counts.unchanged, 1)
    equal(diff.columns.name, 1)
    equal(tostring(diff), [[
3 rows before, 3 after
  added      1
  removed    1
  changed    1  (name 1, stars 1)
  unchanged  1]])
  end)

  it("finds nothing between equal datasets", function()
    local diff = before:diff(before:sort("id", { descending = true }), { key = { "id", "name" } })
    equal(diff.changed:count() + diff.added:count() + diff.removed:count(), 0)
    equal(diff.counts.unchanged, 3)
  end)

  it("refuses a key in several rows, other columns, and no key", function()
    fails("data", "diff: key `id` 1 is in 2 rows of the second dataset",
      function() before:diff(after:concat(before:limit(1)), { key = "id" }) end)
    fails("data", "diff: the second dataset does not fit the first: columns id instead of id, name, stars",
      function() before:diff(after:select "id", { key = "id" }) end)
    fails("usage", "diff: no key given", function() before:diff(after) end)
    fails("usage", "diff: no column `idd`; did you mean `id`?", function() before:diff(after, { key = "idd" }) end)
  end)
end)

describe("mix", function()
  local function of(word, n)
    local list = {}
    for i = 1, n do list[i] = { id = i, word = word } end
    return tw.dataset.from_rows(list)
  end
  local function count(mixed, word)
    return mixed:filter(tw.col "word":eq(word)):count()
  end

  it("draws in the ratios given, the same rows for the same seed", function()
    local options = { ratios = { a = 3, b = 1 }, n = 2000, seed = 42, stop = "never" }
    local mixed = tw.dataset.mix({ a = of("a", 500), b = of("b", 100) }, options)
    equal(mixed:count(), 2000)
    assert(math.abs(count(mixed, "a") - 1500) < 80, count(mixed, "a"))
    equal(ids(mixed), ids(tw.dataset.mix({ b = of("b", 100), a = of("a", 500) }, options)))
    equal(mixed:plan(), "mix a 3, b 1, 2000 rows, seed 42, stop never\n  from_rows 500 rows\n  from_rows 100 rows\n")
  end)

  it("ends with the first dataset, or when all have run out", function()
    local datasets = { a = of("a", 500), b = of("b", 20) }
    equal(count(tw.dataset.mix(datasets), "b"), 20)
    equal(count(tw.dataset.mix(datasets, { stop = "all" }), "a"), 500)
    assert(count(tw.dataset.mix(datasets, { stop = "all" }), "b") > 300)
  end)

  it("takes the parts of a split", function()
    local mixed = tw.dataset.mix(of("a", 50):split { x = 0.5, y = 0.5 })
    assert(mixed:count() > 25)
  end)

  it("refuses what cannot be", function()
    local a, b = of("a", 5), of("b", 5)
    fails("usage", "mix: no datasets", function() tw.dataset.mix {} end)
    fails("usage", "mix: `b` is not a dataset", function() tw.dataset.mix { b = 1 } end)
    fails("usage", "mix: ratio of `b` must be a number, not nil",
      function() tw.dataset.mix({ a = a, b = b }, { ratios = { a = 1 } }) end)
    fails("usage", "mix: a ratio for `code`, which is no dataset",
      function() tw.dataset.mix({ a = a }, { ratios = { a = 1, code = 1 } }) end)
    fails("usage", "mix: ratio of `a` must be a number above 0: -1",
      function() tw.dataset.mix({ a = a }, { ratios = { a = -1 } }) end)
    fails("usage", "mix: with stop = \"never\" the rows have no end",
      function() tw.dataset.mix({ a = a }, { stop = "never" }) end)
    fails("usage", "mix: stop must be one of `first`, `all`, `never`: `last`",
      function() tw.dataset.mix({ a = a }, { stop = "last" }) end)
    fails("usage", "mix: unknown option `sed`; did you mean `seed`?",
      function() tw.dataset.mix({ a = a }, { sed = 1 }) end)
    fails("data", "mix: `b` does not fit `a`: columns id instead of id, word",
      function() tw.dataset.mix({ a = a, b = b:select "id" }):collect() end)
    fails("data", "mix: `b` has no rows to begin again with",
      function() tw.dataset.mix({ a = a, b = b:limit(0) }, { stop = "all" }):collect() end)
  end)
end)

describe("a secret", function()
  it("is no name and no path", function()
    local secret = tw.env("TIDEWAY_TEST_UNSET", "word")
    for name, call in pairs {
      rename = function() return rows():rename { id = secret } end,
      select = function() return rows():select(secret) end,
      sample = function() return rows():sample { n = 1, key = secret } end,
      csv = function() return tw.dataset.csv(secret) end,
      parquet = function() return tw.dataset.parquet { secret } end,
    } do
      fails("usage", name .. ": a text must not be a secret: TIDEWAY_TEST_UNSET", call)
    end
  end)
end)
