"""Measures of code are those of Python's own tokenizer and parser, and reports the same for any number of workers."""

import ast
import hashlib
import io
import json
import math
import pathlib
import random
import re
import sysconfig
import tokenize

import polars
import pytest
from validate_test import HOSTILE, Page

CODE = """
local tw = require "tideway"
return tw.pipeline {
  name = "code",
  run = function()
    tw.stats.code(tw.dataset.parquet "rows.parquet", { language = "language" })
      :drop("content"):write_parquet "out.parquet"
  end,
}
"""


def standard_library():
    """Python's own modules, which all parse."""
    files = sorted(pathlib.Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    files += sorted(pathlib.Path(sysconfig.get_paths()["stdlib"]).glob("*/*.py"))
    texts = []
    for file in files[:400]:
        text = file.read_bytes().decode("utf-8", "replace")
        try:
            ast.parse(text)
            list(tokenize.generate_tokens(io.StringIO(text).readline))
        except (SyntaxError, tokenize.TokenError, ValueError):
            continue
        if "\f" not in text and "\r" not in text:
            texts.append(text)
    return texts


def judge(text):
    """Lines, comments, functions and depth, by tokenize and ast."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    blank = sum(not line.strip(" \t\r\f\v") for line in lines)
    code_lines, comment_lines, depth, deepest = set(), set(), 0, 0
    silent = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.INDENT:
            depth += 1
            deepest = max(deepest, depth)
        elif token.type == tokenize.DEDENT:
            depth -= 1
        elif token.type == tokenize.COMMENT:
            comment_lines.add(token.start[0])
        elif token.type not in silent:
            code_lines |= {line for line in range(token.start[0], token.end[0] + 1) if lines[line - 1].strip()}
    functions = sum(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) for node in ast.walk(ast.parse(text)))
    # A line with nothing but a backslash has no token.
    code = len(lines) - blank - len(comment_lines - code_lines)
    return {
        "bytes": len(text.encode()), "lines": len(lines), "blank_lines": blank,
        "comment_lines": len(comment_lines - code_lines), "code_lines": code, "functions": functions,
        "nesting": deepest, "longest_line": max((len(line.encode()) for line in lines), default=0),
    }


def measured(tideway, frame):
    frame.write_parquet(tideway.folder / "rows.parquet", row_group_size=50)
    (tideway.folder / "code.lua").write_text(CODE)
    result = tideway("run", "code.lua")
    assert result.code == 0, result.err
    return polars.read_parquet(tideway.folder / "out.parquet")


def test_python_is_measured_as_its_own_tokenizer_and_parser_have_it(tideway):
    texts = standard_library()
    assert len(texts) > 200
    out = measured(tideway, polars.DataFrame({"content": texts, "language": ["Python"] * len(texts)}))
    wrong = []
    for text, row in zip(texts, out.iter_rows(named=True)):
        expected = judge(text)
        wrong += [(name, row[name], value) for name, value in expected.items() if row[name] != value]
    assert wrong == []


# Written by hand: functions, code lines, comment lines, deepest block.
SAMPLES = [
    ("C", "/* a */\n#include <x.h>\n\nstatic int f(void)\n{\n\tif (a) {\n\t\tg(\"/*\");\n\t}\n}\n", 1, 7, 1, 2),
    ("C++", "class A {\n  A() : b_{1}, c_(2) {}  // d\n  // e\n  ~A() = default;\n};\n"
     "void f() { auto g = [] { return 1; }; }\n", 2, 5, 1, 2),
    ("Java", "/** a\n * b */\nclass A {\n  int f() throws X, Y {\n    return 1;\n  }\n}\n", 1, 5, 2, 2),
    ("JavaScript", "// a\nconst f = (x) => {\n  return `// ${x}`;\n};\nfunction g() { }\n", 2, 4, 1, 1),
    ("Go", "package a\n\n// f does.\nfunc (r *R) f() {\n\tx := `\n// no\n`\n\tgo func() {}()\n}\n", 1, 7, 1, 2),
    ("Rust", "/* a /* b */ */\nfn f<'a>(x: &'a str) -> char {\n    '\"'\n}\n", 1, 3, 1, 1),
    ("Lua", "--[[ a\n]]\nlocal function f()\n  return [[\n-- no\n]]\nend\n", 1, 5, 2, 1),
    ("Shell", "#!/bin/sh\nf() {\n  echo ${x#y} # z\n}\n", 1, 3, 1, 1),
    ("SQL", "-- a\nSELECT '--' /* b */\nFROM c;\n", 0, 2, 1, 0),
    ("Ruby", "# a\ndef f\n  if b\n    \"#{c}\"\n  end\nend\n", 1, 5, 1, 2),
    ("HTML", "<!-- a\n b -->\n<p>c</p>\n", 0, 1, 2, 0),
]


def test_samples_of_other_languages_are_measured_as_counted_by_hand(tideway):
    frame = polars.DataFrame({"content": [sample[1] for sample in SAMPLES],
                              "language": [sample[0] for sample in SAMPLES]})
    out = measured(tideway, frame)
    for row, (language, _, *expected) in zip(out.iter_rows(named=True), SAMPLES):
        found = [row[name] for name in ("functions", "code_lines", "comment_lines", "nesting")]
        assert found == expected, language


REPORT = """
local tw = require "tideway"
return tw.pipeline {
  name = "stats",
  run = function()
    tw.stats.report(tw.dataset.parquet "rows.parquet", {
      language = "language", tokens = "tokens", cluster = "cluster", kept = "kept", pii = { "email", "key" },
      title = TITLE, html = "out/stats.html", json = "out/stats.json",
    })
  end,
}
""".replace("TITLE", json.dumps(HOSTILE))


@pytest.fixture(scope="module")
def corpus():
    state = random.Random(9)
    words = ["def f():\n", "    x = 1\n", "# note\n", "\n", "if (a) {\n", "}\n", "// c\n", "x" * 90 + "\n"]
    rows = 3_000
    return polars.DataFrame({
        "content": ["".join(state.choices(words, k=state.randrange(80))) if state.random() < 0.99 else None
                    for _ in range(rows)],
        "language": [state.choice(["Python", "C", HOSTILE, None]) for _ in range(rows)],
        "tokens": [state.choice([None, state.randrange(5_000)]) for _ in range(rows)],
        "cluster": [state.choice([None, state.randrange(2_000)]) for _ in range(rows)],
        "kept": [state.random() < 0.9 for _ in range(rows)],
        "email": [state.choice([0, 0, 0, 3]) for _ in range(rows)],
        "key": [0] * rows,
    })


def run_report(tideway, corpus, *flags):
    corpus.write_parquet(tideway.folder / "rows.parquet", row_group_size=170)
    (tideway.folder / "stats.lua").write_text(REPORT)
    result = tideway("run", "stats.lua", "--fresh", *flags)
    assert result.code == 0, result.err
    return json.loads((tideway.folder / "out" / "stats.json").read_text())


def test_a_report_is_the_same_for_any_workers_and_memory(tideway, corpus):
    hashes = set()
    for workers, memory in ((1, "512MB"), (2, "64MB"), (8, "512MB")):
        run_report(tideway, corpus, "--workers", workers, "--memory", memory)
        hashes.add(tuple(hashlib.sha256((tideway.folder / "out" / name).read_bytes()).hexdigest()
                         for name in ("stats.json", "stats.html")))
    assert len(hashes) == 1


def test_sums_are_exact_and_quantiles_near(tideway, corpus):
    report = run_report(tideway, corpus)
    assert report["rows"] == corpus.height
    sizes = corpus.select(polars.col("content").str.len_bytes()).to_series()
    assert report["numbers"]["bytes"]["sum"] == sizes.sum()
    assert report["numbers"]["tokens"]["sum"] == corpus["tokens"].sum()
    assert report["numbers"]["tokens"]["nulls"] == corpus["tokens"].null_count()
    lines = corpus["content"].str.count_matches("\n")
    assert report["numbers"]["lines"]["sum"] == lines.sum()
    groups = {group["value"][0]: group for group in report["groups"]}
    assert set(groups) == set(corpus["language"].unique().to_list())
    for language, group in groups.items():
        rows = corpus.filter(polars.col("language").eq_missing(polars.lit(language)))
        assert group["rows"] == rows.height
        assert group["numbers"]["bytes"]["sum"] == rows["content"].str.len_bytes().sum()
        tokens = sorted(rows["tokens"].drop_nulls())
        for name, q in (("p5", 0.05), ("p50", 0.5), ("p95", 0.95)):
            truth = tokens[math.floor(q * (len(tokens) - 1))]
            assert abs(group["numbers"]["tokens"][name] - truth) <= truth / 256 + 1e-9
    sizes = corpus.drop_nulls("cluster").group_by("cluster").len().filter(polars.col("len") > 1)
    assert report["duplicates"]["clusters"] == sizes.height
    assert report["duplicates"]["rows_to_remove"] == sizes["len"].sum() - sizes.height
    assert report["pii"] == [
        {"kind": "email", "findings": corpus["email"].sum(), "rows": (corpus["email"] > 0).sum()},
        {"kind": "key", "findings": 0, "rows": 0},
    ]


def test_a_page_of_a_corpus_fetches_nothing_and_escapes_values(tideway, corpus):
    run_report(tideway, corpus)
    text = (tideway.folder / "out" / "stats.html").read_text()
    page = Page()
    page.feed(text)
    assert page.links == [] and not {"script", "img", "link"} & set(page.tags)
    assert page.tags.count("svg") >= 8
    assert not re.search(r"https?:|url\(|@import", text)
    assert "&lt;script&gt;" in text


def test_checking_a_report_writes_nothing(tideway, corpus):
    corpus.write_parquet(tideway.folder / "rows.parquet")
    (tideway.folder / "stats.lua").write_text(REPORT)
    result = tideway("check", "stats.lua")
    assert result.code == 0, result.err
    assert not (tideway.folder / "out").exists()
