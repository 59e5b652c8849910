-- Rows are checked by expectations: what does not meet them is dropped, counted and reported.
--
--> 5
--> 1
--> 1
--> false	data

local tw = require "tideway"

local expectations = tw.validate.expect {
  columns = {
    path     = { type = "string", not_null = true, unique = true, matches = "^[^/]" },
    language = { is_in = { "C", "Go", "Python" }, non_null_share = 0.9 },
    bytes    = { min = 1, outliers = { method = "mad", limit = 10 } },
  },
  rows = { has_author = tw.col "author":not_null():or_(tw.col "vendored":eq(true)) },
  row_count = { min = 5 },
  balance = { { column = "language", max_ratio = 4 } },
}

return tw.pipeline {
  name = "validate",
  run = function(job)
    local rows = tw.dataset.from_rows {
      { path = "a.c", language = "C", bytes = 120, author = "ann", vendored = false },
      { path = "b.c", language = "C", bytes = 90, author = "bob", vendored = false },
      { path = "b.c", language = "C", bytes = 90, author = "bob", vendored = false },
      { path = "/etc/x", language = "C", bytes = 80, author = "ann", vendored = false },
      { path = "c.go", language = "Go", bytes = 100, author = tw.null, vendored = true },
      { path = "d.go", language = "Go", bytes = 110, author = tw.null, vendored = false },
      { path = "e.py", language = "Python", bytes = 105, author = "eve", vendored = false },
      { path = "f.py", language = "Python", bytes = 99000, author = "eve", vendored = false },
      { path = "g.py", language = "Python", bytes = 95, author = "eve", vendored = false },
    }
    local checked = rows:validate(expectations, {
      mode = "drop", max_dropped = 0.5, report = { "out/validation.html", "out/validation.json" },
    })
    print(checked.counts.kept)
    print(checked.dropped["path.unique"])
    print(checked.dropped["bytes.outliers"])
    checked.rows:write_parquet "out/files.parquet"

    -- The next version is compared with this one.
    local profile = tw.validate.profile(checked.rows,
      { numbers = { "bytes" }, categories = { "language" }, path = "out/profile.json" })
    local ok, err = pcall(function()
      rows:limit(4):validate { compare = { earlier = "out/profile.json", columns = { language = { max_psi = 0.25 } } } }
    end)
    print(ok, err.kind)
    job:log("median of %d bytes", profile.numbers.bytes.p50)
  end,
}
