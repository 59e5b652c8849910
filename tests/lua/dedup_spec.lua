local tw = require "tideway"

local function equal(got, expected)
  if got ~= expected then error(("expected %q, got %q"):format(tostring(expected), tostring(got)), 2) end
end

local function fails(f, message)
  local ok, err = pcall(f)
  assert(not ok, "no error; expected: " .. message)
  equal(err.kind, "usage")
  equal(err.message, message)
end

local function words(first, last)
  local list = {}
  for i = first, last do list[#list + 1] = "word" .. i end
  return table.concat(list, " ")
end

local function files()
  return tw.dataset.from_rows {
    { path = "a", repo = "x", stars = 1, content = words(1, 100) .. "  " },
    { path = "b", repo = "x", stars = 5, content = words(1, 98) .. " other" },
    { path = "c", repo = "y", stars = 2, content = words(200, 300) },
    { path = "d", repo = "y", stars = 9, content = "" },
    { path = "e", repo = "y", stars = 9, content = tw.null },
    { path = "f", repo = "z", stars = 7, content = (words(1, 100):gsub(" ", "\n")) },
  }
end

local function paths(dataset, column)
  local list = {}
  for row in dataset:rows() do list[#list + 1] = tostring(row[column or "path"]) end
  return table.concat(list, " ")
end

describe("dedup.near", function()
  it("keeps the longest by default, and tells what went and why", function()
    local found = tw.dedup.near(files(), { id = "path" })
    equal(paths(found.removed), "b f")
    equal(paths(found.removed, "witness"), "a a")
    equal(paths(found.kept), "a c d e")
  end)

  it("keeps the first, or the most of a column", function()
    equal(paths(tw.dedup.near(files(), { keep = "first" }).kept), "a c d e")
    equal(paths(tw.dedup.near(files(), { keep = { column = "stars" } }).kept), "c d e f")
  end)

  it("names rows by number without id", function()
    local removed = tw.dedup.near(files(), { keep = "first" }).removed
    equal(paths(removed, "row"), "1 5")
    equal(paths(removed, "witness"), "0 0")
  end)

  it("reports numbers, sources and what bands find", function()
    local report = tw.dedup.near(files(), { source = "repo" }):report()
    equal(report.rows, 6)
    equal(report.removed, 2)
    equal(report.without_words, 2)
    equal(report.same_words, 1)
    equal(report.options.bands, 32)
    equal(report.options.band_rows, 8)
    assert(report.expected_recall > 0.9999)
    equal(report.sources[1].source, "x")
    equal(report.sources[1].removed, 1)
    equal(report.sources_all, 3)
  end)

  it("compares characters, and at other thresholds", function()
    local rows = tw.dataset.from_rows { { content = "abcdefghij" }, { content = "abcdefghik" } }
    equal(tw.dedup.near(rows, { unit = "characters", ngram = 3 }).kept:count(), 2)
    equal(tw.dedup.near(rows, { unit = "characters", ngram = 3, threshold = 0.7 }).kept:count(), 1)
  end)

  it("removes what is like a row of an earlier run's index", function()
    local first = tw.dedup.near(files(), { id = "path" })
    local new = tw.dataset.from_rows {
      { path = "g", repo = "x", stars = 1, content = words(1, 99) .. " new" },
      { path = "h", repo = "x", stars = 1, content = words(400, 500) },
      { path = "i", repo = "x", stars = 1, content = words(400, 501) },
    }
    local second = tw.dedup.near(new, { id = "path", index = first.index })
    equal(paths(second.kept), "i")
    equal(paths(second.removed), "g h")
    equal(paths(second.removed, "witness"), "a i")
    equal(paths(second.index), "i")
  end)

  it("gives the same when a run is repeated with its own index", function()
    local first = tw.dedup.near(files(), { id = "path" })
    local again = tw.dedup.near(files(), { id = "path", index = first.index })
    equal(paths(again.kept), paths(first.kept))
    equal(paths(again.removed), paths(first.removed))
    equal(paths(again.removed, "witness"), paths(first.removed, "witness"))
  end)

  it("refuses an index of other options, or without names", function()
    local first = tw.dedup.near(files(), { id = "path", threshold = 0.8 })
    local ok, err = pcall(function()
      return tw.dedup.near(files(), { id = "path", index = first.index }).kept:count()
    end)
    assert(not ok)
    equal(err.kind, "conflict")
    equal(err.message, "dedup.near: the index is of other options: 5 words, threshold 0.8, version 1, "
      .. "not 5 words, threshold 0.85, version 1")
    fails(function() tw.dedup.near(files(), { index = first.index }) end, "dedup.near: index needs id")
    fails(function() tw.dedup.near(files()).index:count() end, "dedup.near: an index needs id")
    fails(function() tw.dedup.near(files(), { id = "path", index = files() }).kept:count() end,
      "dedup.near: index: no column `dedup`")
  end)

  it("stops at the cap of a source", function()
    local ok, err = pcall(function()
      tw.dedup.near(files(), { source = "repo", cap = { share = 0.4, rows = 0 } }).kept:count()
    end)
    assert(not ok)
    equal(err.kind, "data")
    equal(err.message, "dedup.near: more than 40 % of a source would go: 1 of 2 rows of `x`, 1 of 1 rows of `z`")
  end)

  it("refuses wrong options by name", function()
    local function near(options) return function() tw.dedup.near(files(), options) end end
    fails(near { treshold = 0.9 }, "dedup.near: unknown option `treshold`; did you mean `threshold`?")
    fails(near { threshold = 2 }, "dedup.near: threshold must be above 0, up to 1: 2")
    fails(near { unit = "lines" }, "dedup.near: unit must be one of `words`, `characters`: `lines`")
    fails(near { keep = "newest" }, "dedup.near: keep must be one of `longest`, `first`: `newest`")
    fails(near { keep = {} }, "dedup.near: keep names no column")
    fails(near { cap = { share = 0.5 } }, "dedup.near: cap needs source")
    fails(near { bands = 20 }, "dedup.near: bands and band_rows go together")
    fails(near { permutations = 0 }, "dedup.near: permutations must be from 1 to 1024: 0")
    fails(function() tw.dedup.near(files(), { column = "text" }).kept:count() end, "dedup.near: no column `text`")
  end)
end)

describe("dedup.exact", function()
  local rows = tw.dataset.from_rows {
    { path = "a", stars = 1, content = "x  y" }, { path = "b", stars = 3, content = "x y\n" },
    { path = "c", stars = 2, content = "X y" }, { path = "d", stars = 1, content = "x  y" },
  }

  it("removes equal texts, or but for white space and case", function()
    equal(paths(tw.dedup.exact(rows).kept), "a b c")
    equal(paths(tw.dedup.exact(rows, { ignore_whitespace = true }).kept), "a c")
    local found = tw.dedup.exact(rows, { id = "path", ignore_whitespace = true, ignore_case = true,
      keep = { column = "stars" } })
    equal(paths(found.kept), "b")
    equal(paths(found.removed), "a c d")
    equal(found:report().removed, 3)
  end)

  it("refuses wrong options by name", function()
    fails(function() tw.dedup.exact(rows, { ignore = true }) end, "dedup.exact: unknown option `ignore`")
    fails(function() tw.dedup.exact(rows, { column = "stars" }).kept:count() end,
      "dedup.exact: column must be string or binary: int64")
  end)
end)

describe("dedup.tag", function()
  it("adds clusters that a split keeps on one side", function()
    local tagged = tw.dedup.tag(files(), { id = "path" })
    equal(paths(tagged, "cluster"), "a a c d e a")
    equal(paths(tagged, "duplicate"), "false true false false false true")
    local parts = tagged:split { train = 0.5, test = 0.5, group = "cluster", seed = 1 }
    local seen = {}
    for row in parts.train:rows() do seen[row.cluster] = true end
    for row in parts.test:rows() do assert(not seen[row.cluster]) end
  end)

  it("refuses to hide a column", function()
    fails(function() tw.dedup.tag(files():rename { repo = "cluster" }):count() end,
      "dedup.near: there is a column `cluster` already")
  end)
end)

describe("dedup.lines", function()
  local rows = tw.dataset.from_rows { { content = "licence\na" }, { content = "licence\nb" }, { content = tw.null } }

  it("removes repeated lines from all but the first text", function()
    local got = tw.dedup.lines(rows, { min_bytes = 5, most_texts = 1, count = "gone" })
    equal(paths(got, "content"), "licence\na b null")
    equal(paths(got, "gone"), "0 1 0")
    equal(paths(tw.dedup.lines(rows), "content"), "licence\na licence\nb null")
  end)

  it("refuses wrong options by name", function()
    fails(function() tw.dedup.lines(rows, { most = 1 }) end, "dedup.lines: unknown option `most`")
    fails(function() tw.dedup.lines(rows, { most_texts = 0 }) end,
      "dedup.lines: min_bytes and most_texts must be 1 or more: 40, 0")
  end)
end)
