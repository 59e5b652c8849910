-- A corpus is measured: files, bytes, lines, functions and tokens by language, as JSON and as a page with charts.
--
--> 2
--> 3	3
--> 5

local tw = require "tideway"

return tw.pipeline {
  name = "stats",
  run = function()
    local rows = tw.dataset.from_rows {
      { content = "# adds\ndef add(a, b):\n    return a + b\n", language = "Python", tokens = 14 },
      { content = "/* adds */\nint add(int a, int b)\n{\n  return a + b;\n}\n", language = "C", tokens = 22 },
      { content = "func add(a, b int) int {\n\treturn a + b\n}\n", language = "Go", tokens = 18 },
    }

    -- Measures as columns, to filter by.
    local measured = tw.stats.code(rows, { language = "language" })
    print(measured:filter(tw.col "comment_lines":gt(0)):count())

    local report = tw.stats.report(rows,
      { language = "language", tokens = "tokens", html = "out/stats.html", json = "out/stats.json" })
    print(report.rows, report.numbers.functions.sum)
    print(report.numbers.lines.max)
  end,
}
