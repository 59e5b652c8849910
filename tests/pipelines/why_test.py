"""`tideway why` follows a row of an output down to the rows of the sources that it was made of."""

import json

import pytest
from failures_test import fails

SCRIPT = """
local tw = require "tideway"
return tw.pipeline { name = "w", params = { least = 3, token = tw.env("MY_TOKEN", { secret = true }) },
  run = function(job)
    local reviews = tw.dataset.csv { "a.csv", "b.csv" }
    local users = tw.dataset.csv "users.csv"
    local rows = reviews:filter(tw.col "stars" :ge(job.params.least))
      :map("text", function(text) return text:lower() end)
      :flat_map(function(row)
        local words = {}
        for word in row.text:gmatch("%w+") do words[#words + 1] = { word = word } end
        return words
      end, { returns = { word = "string" } })
      :join(users, { on = "user" })
    if rows:count() < 2 then return job:skip("few") end
    local parts = rows:shuffle { seed = 3 }:split { train = 0.6, test = 0.4, seed = 1 }
    tw.dataset.write_jsonl(parts, "out/parts", { max_shard_rows = 2 })
    rows:group_by("country", { n = "count" }):write_csv "out/countries.csv"
    rows:tee { parquet = "out/rows.parquet", jsonl = "out/rows.jsonl" }
  end }
"""
WHY = """\
out/rows.jsonl, row 7
  user    = 2
  stars   = 5
  text    = "wow great"
  word    = "wow"
  country = "DE"

join inner on user: row 7
    flat_map function at t.lua:9: row 7
      word  = "wow"
    map text: function at t.lua:8: row 4
      text  = "wow great", was "WOW great"
    filter stars >= 3: row 4
    read.csv a.csv, b.csv: b.csv, row 2
      user  = 2
      stars = 5
      text  = "WOW great"
    read.csv users.csv: users.csv, row 2
      user    = 2
      country = "DE"
"""


@pytest.fixture
def project(tideway, tmp_path):
    (tmp_path / "t.lua").write_text(SCRIPT)
    (tmp_path / "a.csv").write_text("user,stars,text\n1,5,Fine Thing\n2,1,bad\n1,4,Fine day\n")
    (tmp_path / "b.csv").write_text("user,stars,text\n3,3,So so\n2,5,WOW great\n")
    (tmp_path / "users.csv").write_text("user,country\n1,FR\n2,DE\n3,FR\n")
    result = tideway("run", "t.lua", env=TOKEN)
    assert result.code == 0, result.err
    return tmp_path


TOKEN = {"MY_TOKEN": "hunter2-very-secret"}


def why(tideway, row, *arguments, run="last"):
    return tideway("why", run, row, *arguments, env=TOKEN)


def sources(trace):
    if not trace["origins"]:
        return [trace]
    return [source for origin in trace["origins"] for source in sources(origin)]


def test_a_row_is_followed_down_to_its_files(tideway, project):
    result = why(tideway, "out/rows.jsonl:7")
    assert (result.out, result.code) == (WHY, 0), result.err


def test_every_row_of_every_shard_is_found(tideway, project):
    files = sorted((project / "out" / "parts").glob("*.jsonl"))
    assert len(files) == 4
    seen = []
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            result = why(tideway, f"{file.relative_to(project)}:{number}", "--json")
            assert result.code == 0, result.err
            trace = json.loads(result.out)["trace"]
            assert trace["values"] == json.loads(line)
            review, user = sources(trace)
            assert review["values"]["text"].lower() == trace["values"]["text"]
            assert user["values"]["country"] == trace["values"]["country"]
            seen.append(line)
    assert len(seen) == 8


def test_a_group_shows_its_first_rows_and_counts_the_rest(tideway, project):
    result = why(tideway, "countries.csv:2")
    assert result.code == 0, result.err
    assert "group_by country: n = count(): row 2" in result.out
    assert "and 3 more" in result.out


def test_nothing_is_written_and_no_secret_shown(tideway, project):
    before = {path: path.stat().st_mtime_ns for path in (project / "out").rglob("*")}
    receipts = len(tideway.receipts())
    result = why(tideway, "out/rows.parquet:1", "--json", "-v")
    assert result.code == 0, result.err
    assert "hunter2" not in result.out + result.err
    assert {path: path.stat().st_mtime_ns for path in (project / "out").rglob("*")} == before
    assert len(tideway.receipts()) == receipts


def test_parameters_are_those_of_the_run(tideway, project):
    run = tideway("run", "t.lua", "-p", "least=5", env=TOKEN)
    assert run.code == 0, run.err
    assert "filter stars >= 5" in why(tideway, "out/rows.jsonl:1").out
    (project / "out" / "rows.jsonl").unlink()  # only the receipt is asked
    assert why(tideway, "out/rows.jsonl:1").code == 0


@pytest.mark.parametrize("name, what", [("b.csv", "an input"), ("t.lua", "the script")])
def test_what_has_changed_since_is_refused_by_name(tideway, project, name, what):
    (project / name).write_text((project / name).read_text() + "\n")
    fails(why(tideway, "out/rows.jsonl:1"), 1, f"{what} has changed since the run: {name}", "bring back")


def test_a_missing_input_is_named(tideway, project):
    (project / "b.csv").unlink()
    fails(why(tideway, "out/rows.jsonl:1"), 1, "b.csv")


@pytest.mark.parametrize("row, texts", [
    ("out/rows.jsonl", ["not a file and a row", "rows count from 1"]),
    ("out/rows.jsonl:0", ["not a file and a row"]),
    ("out/rows.jsonl:x", ["not a file and a row"]),
    (":3", ["not a file and a row"]),
])
def test_what_is_no_row_is_a_usage_error(tideway, project, row, texts):
    fails(why(tideway, row), 2, *texts)


@pytest.mark.parametrize("row, texts", [
    ("out/none.jsonl:1", ["no such file", "out/rows.jsonl"]),
    ("out/rows.jsonl:9", ["has 8 rows, and no row 9"]),
])
def test_what_is_not_there_is_told(tideway, project, row, texts):
    fails(why(tideway, row), 1, *texts)


def test_an_ambiguous_ending_asks_for_more(tideway, project):
    text = (project / "t.lua").read_text().replace('"out/rows.jsonl"', '"out/more/countries.csv"') \
        .replace("jsonl =", "csv =")
    (project / "t.lua").write_text(text)
    assert tideway("run", "t.lua", env=TOKEN).code == 0
    fails(why(tideway, "countries.csv:1"), 2, "several files of the run end so")
    assert why(tideway, "out/countries.csv:1").code == 0


def test_an_unknown_run_is_told(tideway, project):
    fails(why(tideway, "out/rows.jsonl:1", run="2001"), 1, "no run 2001")
