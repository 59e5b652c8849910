local checks = require "checks"
local tw = require "tideway"

local equal, fails = checks.equal, checks.fails

local PYTHON = "# head\n\ndef f(x):\n    if x:\n        return '# no'\n\n"
local C = "/* head\n */\nint f(int x)\n{\n\treturn x ? g(x) : 0; // one\n}\n"

local function corpus()
  return tw.dataset.from_rows {
    { content = PYTHON, language = "Python", tokens = 20, cluster = 1, kept = true,  email = 0 },
    { content = PYTHON, language = "Python", tokens = 20, cluster = 1, kept = false, email = 2 },
    { content = C,      language = "c",      tokens = 30, cluster = 2, kept = true,  email = 1 },
    { content = "free\n\ntext", language = "Klingon", tokens = 3, cluster = 3, kept = true, email = 0 },
    { content = tw.null, language = tw.null, tokens = tw.null, cluster = tw.null, kept = true, email = 0 },
  }
end

describe("measures of code", function()
  it("are told of a text", function()
    local m = tw.stats.measure(PYTHON, "python")
    equal(m.bytes, #PYTHON)
    equal(m.lines, 6)
    equal(m.code_lines, 3)
    equal(m.comment_lines, 1)
    equal(m.blank_lines, 2)
    equal(m.functions, 1)
    equal(m.nesting, 2)
    equal(m.longest_line, 21)
    equal(tw.stats.measure(C, "C").functions, 1)
    equal(tw.stats.measure(C, "C").comment_lines, 2)
    equal(tw.stats.measure("a\n\nb").functions, nil)
    equal(tw.stats.measure("", "C").lines, 0)
  end)

  it("are columns of a dataset", function()
    local rows = tw.stats.code(corpus(), { language = "language" }):collect()
    equal(rows[1].functions, 1)
    equal(rows[3].nesting, 1)
    equal(rows[4].functions, tw.null)
    equal(rows[4].code_lines, 2)
    equal(rows[5].lines, tw.null)
  end)

  it("can be told of further languages", function()
    local rows = tw.dataset.from_rows { { content = "say hi\n! no\n", language = "Play" } }
    local play = { line_comments = { "!" }, function_words = { "say" } }
    local row = tw.stats.code(rows, { language = "language", languages = { Play = play } }):head(1)[1]
    equal(row.functions, 1)
    equal(row.comment_lines, 1)
  end)

  it("know languages whose blocks are in braces, in words and in indentation", function()
    equal(tw.stats.measure("local function f()\n  if a then\n    b()\n  end\nend -- c\n", "Lua").nesting, 2)
    equal(tw.stats.measure("--[[ a\n\nb ]]\nf = [[\n-- no\n]]\n", "Lua").comment_lines, 2)
    equal(tw.stats.measure("func f() {\n\tgo func() {}()\n}\n", "Go").functions, 1)
    equal(tw.stats.measure("f() {\n  echo \"$#\" # c\n}\n", "Shell").functions, 1)
    equal(tw.stats.measure("(* a (* b *) c *)\nlet x = 1\n", "OCaml").comment_lines, 1)
    equal(tw.stats.measure("<p>\n<!-- a\nb -->\n", "HTML").comment_lines, 2)
  end)

  it("are refused where they cannot be", function()
    fails("usage", "stats.code: no column `text`",
      function() tw.stats.code(corpus(), { content = "text" }):columns() end)
    fails("usage", "stats.code: column `tokens` must be text: int64",
      function() tw.stats.code(corpus(), { content = "tokens" }):columns() end)
    fails("usage", "stats.code: unknown option `lang`", function() tw.stats.code(corpus(), { lang = "x" }) end)
    fails("usage", "stats.Syntax: unknown option `comments`", function()
      tw.stats.code(corpus(), { languages = { X = { comments = {} } } })
    end)
    fails("usage", "stats.Syntax: an empty text opens or closes nothing", function()
      tw.stats.code(corpus(), { languages = { X = { strings = { "" } } } })
    end)
    fails("usage", 'stats.Syntax: block_comments are pairs of texts, as { "/*", "*/" }', function()
      tw.stats.code(corpus(), { languages = { X = { block_comments = { { "/*" } } } } })
    end)
  end)
end)

describe("a report", function()
  local options = { language = "language", tokens = "tokens", cluster = "cluster", kept = "kept", pii = { "email" } }

  it("adds up files, bytes, tokens and functions by language", function()
    local report = tw.stats.report(corpus(), options)
    equal(report.rows, 5)
    equal(report.numbers.bytes.sum, 2 * #PYTHON + #C + #"free\n\ntext")
    equal(report.numbers.tokens.sum, 73)
    equal(report.numbers.functions.sum, 3)
    equal(#report.groups, 4)
    local by = {}
    for _, group in ipairs(report.groups) do by[tostring(group.value[1])] = group end
    equal(by.Python.rows, 2)
    equal(by.Python.numbers.lines.sum, 12)
    equal(by.c.numbers.functions.p50, 1)
    equal(by.null.rows, 1)
  end)

  it("counts duplicates and findings", function()
    local report = tw.stats.report(corpus(), options)
    equal(report.duplicates.clusters, 1)
    equal(report.duplicates.rows_to_remove, 1)
    equal(report.duplicates.largest, 2)
    equal(report.pii[1].findings, 3)
    equal(report.pii[1].rows, 2)
    equal(tw.stats.report(corpus(), { pii = { email = 3, ipv4 = 1 } }).pii[2].kind, "ipv4")
    local findings = tw.dataset.from_rows {
      { file = "a", kind = "ipv4" }, { file = "a", kind = "email" }, { file = "a", kind = "email" },
      { file = "b", kind = "email" },
    }
    equal(tw.json.encode(tw.stats.report(corpus(), { pii = findings }).pii),
      '[{"kind":"email","findings":3,"rows":2},{"kind":"ipv4","findings":1,"rows":1}]')
  end)

  it("is written as JSON and HTML", function()
    local base = tw.path.scratch "stats"
    tw.stats.report(corpus(),
      { language = "language", html = base .. ".html", json = base .. ".json", title = "A <b>" })
    equal(tw.json.decode(tw.path.read(base .. ".json")).rows, 5)
    local html = tw.path.read(base .. ".html")
    assert(html:find("A &lt;b&gt;", 1, true))
    assert(not html:find("A <b>", 1, true) and not html:find "https?:")
  end)

  it("of no rows is a report, too", function()
    local none = corpus():limit(0)
    local base = tw.path.scratch "stats"
    local report = tw.stats.report(none, { language = "language", tokens = "tokens", cluster = "cluster", kept = "kept",
      pii = { "email" }, html = base .. ".html", json = base .. ".json" })
    equal(report.rows, 0)
    equal(report.duplicates.clusters, 0)
  end)

  it("names what it does not take", function()
    fails("usage", "stats.report: unknown option `htlm`; did you mean `html`?",
      function() tw.stats.report(corpus(), { htlm = "x.html" }) end)
    fails("usage", "stats: report: html must be the path of a .html file: out/x",
      function() tw.stats.report(corpus(), { html = "out/x" }) end)
    fails("usage", "stats: report: pii must be findings, numbers by kind or columns, not string",
      function() tw.stats.report(corpus(), { pii = "email" }) end)
  end)
end)
