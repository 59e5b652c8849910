"""Expectations find what an independent judge finds, refuse what fails them, and give the same for any workers."""

import hashlib
import html.parser
import json
import math
import random
import re

import polars
import pytest
from conftest import ROOT

ROWS = 20_000

EXPECTATIONS = """
local tw = require "tideway"
return tw.validate.expect {
  columns = {
    id = { type = "int64", not_null = true, unique = true },
    path = { type = "string", matches = "^[^/]", min_length = 2, max_length = 30 },
    language = {
      is_in = { "C", "Go", "Python" }, refers_to = { rows = tw.dataset.parquet "languages.parquet", column = "name" },
    },
    size = { min = 0, max = 1000, max_failed = 0.5 },
  },
  rows = { dated = tw.col "year":gt(1999):or_(tw.col "size":lt(10)) },
  unique = { { "language", "path" } },
}
"""

SCRIPT = """
local tw = require "tideway"
local expectations = require "expectations"
return tw.pipeline {{
  name = "validate",
  run = function()
    local checked = tw.dataset.parquet("rows.parquet"):validate(expectations, {options})
    checked.rows:write_parquet "out.parquet"
    return tostring(checked)
  end,
}}
"""


@pytest.fixture(scope="module")
def table():
    """Rows of which some break each rule: duplicates far apart, nulls, other languages, sizes out of range."""
    state = random.Random(5)
    ids = list(range(ROWS))
    for _ in range(200):
        ids[state.randrange(ROWS)] = state.randrange(ROWS)
    return polars.DataFrame({
        "id": [None if state.random() < 0.01 else value for value in ids],
        "path": [state.choice(["/", "a/", "b/", ""]) + "x" * state.randrange(40) for _ in range(ROWS)],
        "language": [state.choice(["C", "Go", "Python", "Rust", None]) for _ in range(ROWS)],
        "size": [state.choice([-1.0, 5.0, 500.0, 1500.0, None, math.nan]) for _ in range(ROWS)],
        "year": [state.choice([1990, 2010, None]) for _ in range(ROWS)],
    }, schema_overrides={"id": polars.Int64, "year": polars.Int64})


def judge(table):
    """The rows that fail each rule, by plain Python over rows."""
    failed = {}

    def fail(name, row):
        failed.setdefault(name, []).append(row + 1)

    seen_ids, seen_pairs = set(), set()
    for row, (id_, path, language, size, year) in enumerate(table.iter_rows()):
        if id_ is None:
            fail("id.not_null", row)
        elif id_ in seen_ids:
            fail("id.unique", row)
        else:
            seen_ids.add(id_)
        if path.startswith("/") or path == "":
            fail("path.matches", row)
        if len(path) < 2:
            fail("path.min_length", row)
        if len(path) > 30:
            fail("path.max_length", row)
        if language is not None and language not in ("C", "Go", "Python"):
            fail("language.is_in", row)
        if language is not None and language not in ("C", "Go"):
            fail("language.refers_to", row)
        if size is not None and not size >= 0:
            fail("size.min", row)
        if size is not None and not size <= 1000:
            fail("size.max", row)
        late = None if year is None else year > 1999
        small = None if size is None else size < 10
        if late is not True and small is not True and late is not None and small is not None:
            fail("dated", row)
        if language is not None:
            if (language, path) in seen_pairs:
                fail("language+path.unique", row)
            seen_pairs.add((language, path))
    return failed


@pytest.fixture
def project(tideway, table):
    table.write_parquet(tideway.folder / "rows.parquet", row_group_size=1_700)
    polars.DataFrame({"name": ["C", "Go", "C"]}).write_parquet(tideway.folder / "languages.parquet")
    (tideway.folder / "expectations.lua").write_text(EXPECTATIONS)
    return tideway


def script(project, options):
    (project.folder / "script.lua").write_text(SCRIPT.format(options=options))
    return "script.lua"


def report(project, path="out.json"):
    return json.loads((project.folder / path).read_text())


def test_findings_are_those_of_the_judge_for_any_workers_and_memory(project, table):
    expected = judge(table)
    assert len(expected) == 11
    outputs = set()
    for workers, memory in ((1, "512MB"), (2, "64MB"), (8, "512MB")):
        name = script(project, '{ mode = "tag", report = { "out.json", "out.html" } }')
        result = project("run", name, "--fresh", "--workers", workers, "--memory", memory)
        assert result.code == 0, result.err
        outputs.add(tuple(hashlib.sha256((project.folder / file).read_bytes()).hexdigest()
                          for file in ("out.parquet", "out.json", "out.html")))
    assert len(outputs) == 1

    found = {one["name"]: one for one in report(project)["expectations"] if "failed" in one}
    for name, rows in expected.items():
        assert found[name]["failed"] == len(rows), name
        if name == "language.refers_to":  # the first row of each value
            rows = sorted(min(row for row in rows if table["language"][row - 1] == value) for value in ("Python", "Rust"))
        assert found[name]["rows"] == rows[:10], name
    assert {name for name, one in found.items() if one["failed"]} == set(expected)

    tags = polars.read_parquet(project.folder / "out.parquet")["failed"].to_list()
    names = [[] for _ in range(ROWS)]
    for name in found:
        for row in expected.get(name, []):
            names[row - 1].append(name)
    assert tags == [", ".join(of_row) or None for of_row in names]


def test_dropped_rows_are_counted_by_the_first_rule_that_they_fail(project, table):
    expected = judge(table)
    result = project("run", script(project, '{ mode = "drop", max_dropped = 1, report = "out.json" }'))
    assert result.code == 0, result.err
    order = [one["name"] for one in report(project)["expectations"] if "failed" in one]
    first = {}
    for name in order:
        for row in expected.get(name, []):
            first.setdefault(row, name)
    left = table.with_row_index("row", offset=1).filter(~polars.col("row").is_in(list(first))).drop("row")
    out = polars.read_parquet(project.folder / "out.parquet")
    assert out.height == left.height > 100
    for column in left.columns:
        assert out[column].eq_missing(left[column]).all(), column

    counts = {}
    for name in first.values():
        counts[name] = counts.get(name, 0) + 1
    assert report(project)["dropped"] == counts
    steps = project.receipts()[-1]["steps"]
    dropped = next(step for step in steps if "validate" in json.dumps(step))["dropped"]
    assert dropped == counts


@pytest.mark.parametrize("options", ["{}", '{ mode = "drop", max_dropped = 0.01 }'])
def test_refused_rows_publish_nothing_and_leave_a_report(project, options):
    (project.folder / "out.parquet").write_bytes(b"old")
    name = script(project, options[:-1] + (", " if len(options) > 2 else "") + 'report = { "out.json", "out.html" } }')
    result = project("run", name)
    assert result.code == 1
    assert "expectations not met" in result.err and "hint: the report says which rows: out.json" in result.err
    assert (project.folder / "out.parquet").read_bytes() == b"old"
    assert report(project)["passed"] is False
    assert "failed" in (project.folder / "out.html").read_text()
    assert project.receipts()[-1]["status"] == "failed"


def test_checking_runs_nothing_and_finds_mistakes(project):
    name = script(project, '{ report = "out.json" }')
    result = project("check", name)
    assert result.code == 0, result.err
    assert "validate (not run: nothing fails)" in result.out
    assert not (project.folder / "out.json").exists()
    wrong = EXPECTATIONS.replace('tw.col "year"', 'tw.col "yaer"')
    (project.folder / "expectations.lua").write_text(wrong)
    result = project("check", name)
    assert result.code == 2 and "no column `yaer`; did you mean `year`?" in result.err
    (project.folder / "expectations.lua").write_text(EXPECTATIONS.replace('type = "int64"', 'type = "string"'))
    result = project("check", name)
    assert result.code == 1 and "id.type (int64, expected string)" in result.err


def test_a_row_of_a_drop_is_traced_to_its_source(project, table):
    result = project("run", script(project, '{ mode = "drop", max_dropped = 1 }'))
    assert result.code == 0, result.err
    third = polars.read_parquet(project.folder / "out.parquet").row(2)
    source = next(row for row, values in enumerate(table.iter_rows(), 1) if values == third)
    result = project("why", "last", "out.parquet:3")
    assert result.code == 0, result.err
    assert f"rows.parquet:{source}" in result.out or str(source) in result.out


# the command


def test_the_command_prints_one_line_for_each_expectation_and_exits_with_1(project):
    result = project("validate", "rows.parquet", "--with", "expectations.lua", "--report", "a.html", "--report",
                     "a.json")
    assert result.code == 1, result.err
    assert "failed: 20,000 rows, 13 expectations" in result.out
    assert re.search(r"failed +id\.not_null +\d+ of 20,000 rows fail, first", result.out)
    assert result.err.startswith("error: validate: ")
    assert report(project, "a.json")["passed"] is False
    assert (project.folder / "a.html").exists()
    answer = json.loads(project("validate", "rows.parquet", "--with", "expectations.lua", "--json").out)
    assert answer == report(project, "a.json")


def test_the_command_is_content_with_what_meets_expectations(tideway):
    (tideway.folder / "expect.lua").write_text(
        'return require("tideway").validate.expect { columns = { id = { min = 1, unique = true } } }')
    for name, text in (("a.csv", "id\n1\n2\n"), ("a.jsonl", '{"id": 1}\n{"id": 2}\n'), ("a.tsv", "id\tx\n1\t2\n")):
        (tideway.folder / name).write_text(text)
        result = tideway("validate", name, "--with", "expect.lua")
        assert result.code == 0, result.err
        assert result.out.startswith("passed: ")
    two = tideway("validate", "a.csv", "a.tsv", "--with", "expect.lua")
    assert two.code == 1 and "id.unique" in two.out


@pytest.mark.parametrize("arguments, words", [
    (["rows.xlsx", "--with", "expectations.lua"], "cannot tell the kind of file by its name: rows.xlsx"),
    (["rows.parquet", "a.csv", "--with", "expectations.lua"], "files of two kinds"),
    (["rows.parquet", "--with", "missing.lua"], "missing.lua"),
    (["rows.parquet", "--with", "number.lua"], "must end in return tw.validate.expect"),
    (["rows.parquet", "--with", "expectations.lua", "--report", "a.pdf"], "a report is a .json or .html file: a.pdf"),
    (["rows.parquet"], "--with"),
])
def test_wrong_uses_of_the_command_are_named(project, arguments, words):
    (project.folder / "number.lua").write_text("return 1")
    result = project("validate", *arguments)
    assert result.code == 2 and words in result.err


# drift


def profile_script(project, rows, columns):
    (project.folder / "profile.lua").write_text(f"""
local tw = require "tideway"
return tw.pipeline {{ name = "profile", run = function()
  tw.validate.profile(tw.dataset.parquet "{rows}",
    {{ numbers = {{ "size" }}, categories = {{ "language" }}, path = "profile.json" }})
end }}""")
    assert project("run", "profile.lua").code == 0
    (project.folder / "compare.lua").write_text(f"""
return require("tideway").validate.expect {{ compare = {{ earlier = "profile.json", columns = {columns} }} }}""")


def sizes(seed, shift=1.0, rust=0.1, rows=30_000):
    state = random.Random(seed)
    return polars.DataFrame({
        "size": [state.lognormvariate(8, 1.5) * shift for _ in range(rows)],
        "language": ["Rust" if state.random() < rust else state.choice(["C", "Go"]) for _ in range(rows)],
    })


LIMITS = """{ size = { max_psi = 0.1, max_ks = 0.05, max_js = 0.05, min_p = 0.001 },
  language = { max_psi = 0.1, min_p = 0.001 } }"""


def test_a_resample_is_no_drift_and_a_shift_is(tideway):
    sizes(1).write_parquet(tideway.folder / "earlier.parquet")
    profile_script(tideway, "earlier.parquet", LIMITS)
    for seed in range(2, 6):
        sizes(seed).write_parquet(tideway.folder / "now.parquet")
        result = tideway("validate", "now.parquet", "--with", "compare.lua")
        assert result.code == 0, result.out
    for shifted in (sizes(7, shift=1.5), sizes(8, rust=0.3)):
        shifted.write_parquet(tideway.folder / "now.parquet")
        assert tideway("validate", "now.parquet", "--with", "compare.lua").code == 1


def test_measures_of_drift_are_those_of_their_formulas(tideway):
    """psi, ks and js over the numbers themselves, cut where the profile of the earlier version cuts them."""
    before, after = sizes(1), sizes(2, shift=1.2)
    before.write_parquet(tideway.folder / "before.parquet")
    after.write_parquet(tideway.folder / "after.parquet")
    (tideway.folder / "drift.lua").write_text("""
local tw = require "tideway"
return tw.pipeline { name = "drift", run = function()
  local function profile(path)
    return tw.validate.profile(tw.dataset.parquet(path), { numbers = { "size" }, categories = { "language" } })
  end
  local a, b = profile "before.parquet", profile "after.parquet"
  print(tw.json.encode { size = tw.validate.drift(a, b, "size"), language = tw.validate.drift(a, b, "language") })
end }""")
    found = json.loads(tideway("run", "drift.lua", "-q").out)

    left, right = sorted(before["size"]), sorted(after["size"])
    values = sorted(left + right)
    i = j = 0
    ks = 0.0
    for value in values:
        while i < len(left) and left[i] <= value:
            i += 1
        while j < len(right) and right[j] <= value:
            j += 1
        ks = max(ks, abs(i / len(left) - j / len(right)))
    assert abs(found["size"]["ks"] - ks) < 0.005
    cuts = [left[len(left) * k // 10] for k in range(1, 10)]

    def shares(numbers):
        counts = [0] * 10
        for number in numbers:
            counts[sum(number >= cut for cut in cuts)] += 1
        return [count / len(numbers) for count in counts]

    p, q = shares(right), shares(left)
    assert abs(found["size"]["psi"] - sum((a - b) * math.log(a / b) for a, b in zip(p, q))) < 0.005

    def js(p, q):
        return sum(x * math.log2(x / ((a + b) / 2)) / 2 for a, b in zip(p, q) for x in (a, b) if x)

    assert abs(found["size"]["js"] - js(p, q)) < 0.002
    names = ("C", "Go", "Rust")
    p, q = ([list(frame["language"]).count(name) / frame.height for name in names] for frame in (after, before))
    assert abs(found["language"]["psi"] - sum((a - b) * math.log(a / b) for a, b in zip(p, q))) < 1e-12
    assert abs(found["language"]["js"] - js(p, q)) < 1e-12
    n = before.height
    chi2 = sum((a * n - (a + b) * n / 2) ** 2 / ((a + b) * n / 2) + (b * n - (a + b) * n / 2) ** 2 / ((a + b) * n / 2)
               for a, b in zip(p, q))
    assert abs(found["language"]["chi2"] - chi2) < 1e-6
    assert abs(found["language"]["chi2_p"] - math.exp(-chi2 / 2)) < 1e-9  # two degrees of freedom


# pages


class Page(html.parser.HTMLParser):
    """What a page would fetch or run."""

    def __init__(self):
        super().__init__()
        self.tags, self.links = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes
                       if name in ("src", "href", "action", "data") or name[:2] == "on"]


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


def test_a_page_fetches_nothing_and_escapes_values(tideway):
    polars.DataFrame({HOSTILE: [HOSTILE, HOSTILE, "b"], "n": [1, 2, 3]}).write_parquet(tideway.folder / "rows.parquet")
    (tideway.folder / "script.lua").write_text(f"""
local tw = require "tideway"
local name = {json.dumps(HOSTILE)}
return tw.pipeline {{ name = "page", run = function()
  tw.dataset.parquet("rows.parquet"):validate({{
    columns = {{ [name] = {{ is_in = {{ "a" }}, unique = true }} }}, rows = {{ [name] = tw.col "n":gt(5) }},
    balance = {{ {{ column = name, max_share = 0.5 }} }},
  }}, {{ mode = "tag", report = "out.html", show = {{ name }} }})
end }}""")
    result = tideway("run", "script.lua")
    assert result.code == 0, result.err
    text = (tideway.folder / "out.html").read_text()
    page = Page()
    page.feed(text)
    assert page.links == []
    assert not {"script", "img", "link", "iframe", "object"} & set(page.tags)
    assert "alert(1)" in text and "&lt;script&gt;" in text
    assert not re.search(r"https?:|url\(|@import", text)
    assert "default-src 'none'" in text


def test_the_guide_names_options_that_there_are(tideway):
    text = (ROOT / "docs" / "guide" / "validate-a-dataset.md").read_text()
    for option in re.findall(r"`(max_\w+|min_\w+)`", text):
        assert option in (ROOT / "lua" / "tideway" / "validate.lua").read_text(), option
