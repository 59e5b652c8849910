"""A run leaves alone what an earlier one published and what would come out the same, and makes all else anew."""

import json
import os
import sqlite3

import pytest

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {{ name = "t", params = {{ least = 2 }}, run = function(job)
  local rows = tw.dataset.csv "in.csv"
  rows:filter(tw.col "id" :ge(job.params.least)):map("text", function(text) return text .. "{suffix}" end)
    :write_jsonl "out/changed"
  rows:sort("id"):write_parquet "out/sorted.parquet"
  tw.dataset.parquet("out/sorted.parquet"):select("id"):write_csv "out/ids.csv"
end }}
"""
OUTPUTS = ["out/changed/train-00000-of-00001.jsonl", "out/ids.csv", "out/sorted.parquet"]


@pytest.fixture
def project(tideway, tmp_path):
    (tmp_path / "in.csv").write_text("id,text\n3,c\n1,a\n2,b\n")
    (tmp_path / "t.lua").write_text(SCRIPT.format(suffix="!"))
    run(tideway)
    return tmp_path


def run(tideway, *arguments):
    """Runs the script; returns the names of the outputs that were kept."""
    result = tideway("run", "t.lua", "--json", *arguments)
    assert result.code == 0, result.err
    outputs = json.loads(result.out)["outputs"]
    assert [output["uri"].removeprefix("./") for output in outputs] == OUTPUTS
    return [output["uri"].removeprefix("./") for output in outputs if output.get("kept")]


def contents(folder):
    return {name: (folder / name).read_bytes() for name in OUTPUTS}


def test_nothing_changed_and_nothing_is_done(tideway, project):
    before, files = contents(project), [(project / name).stat() for name in OUTPUTS]
    assert run(tideway) == OUTPUTS
    assert contents(project) == before
    assert [(project / name).stat().st_ino for name in OUTPUTS] == [file.st_ino for file in files]
    first, second = tideway.receipts()[-2:]
    assert second["steps"] == []
    assert second["inputs"] == first["inputs"]
    assert [dict(output, kept=None) for output in second["outputs"]] \
        == [dict(output, kept=None) for output in first["outputs"]]


def test_the_terminal_says_what_was_kept(tideway, project):
    assert tideway("run", "t.lua").out.count("kept: it would come out the same") == 3


def test_fresh_does_all_of_it(tideway, project):
    assert run(tideway, "--fresh") == []
    assert run(tideway) == OUTPUTS


def test_only_what_depends_on_a_changed_parameter_is_made_anew(tideway, project):
    assert run(tideway, "-p", "least=3") == OUTPUTS[1:]
    assert contents(project)[OUTPUTS[0]] == b'{"id":3,"text":"c!"}\n'
    assert run(tideway, "-p", "least=3") == OUTPUTS


def test_a_changed_row_function_is_noticed(tideway, project):
    (project / "t.lua").write_text(SCRIPT.format(suffix="?"))
    assert run(tideway) == OUTPUTS[1:]
    assert b"c?" in contents(project)[OUTPUTS[0]]


def test_a_changed_input_is_noticed_even_with_its_old_size_and_time(tideway, project):
    source = project / "in.csv"
    times = source.stat()
    source.write_text("id,text\n3,c\n1,a\n2,B\n")
    os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert run(tideway) == []
    assert b"B!" in contents(project)[OUTPUTS[0]]


def test_a_touched_or_copied_input_is_the_same_input(tideway, project):
    source = project / "in.csv"
    os.utime(source)
    assert run(tideway) == OUTPUTS
    copy = source.read_bytes()
    source.unlink()
    source.write_bytes(copy)
    assert run(tideway) == OUTPUTS


def test_what_comes_after_a_rewritten_equal_file_is_kept(tideway, project):
    (project / "out" / "sorted.parquet").unlink()
    assert run(tideway) == [OUTPUTS[0], OUTPUTS[1]]


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_that_was_edited_is_made_anew(tideway, project, name):
    before = contents(project)
    damaged = bytearray(before[name])
    damaged[len(damaged) // 2] ^= 1
    (project / name).write_bytes(damaged)
    assert name not in run(tideway)
    assert contents(project) == before


def test_a_file_more_in_a_glob_is_noticed(tideway, project):
    (project / "t.lua").write_text(SCRIPT.format(suffix="!").replace('"in.csv"', '"in*.csv"'))
    assert run(tideway) == OUTPUTS  # the same rows, asked for in another way
    (project / "in2.csv").write_text("id,text\n4,d\n")
    assert run(tideway) == []


def test_another_format_option_is_another_output(tideway, project):
    text = (project / "t.lua").read_text()
    other = 'write_csv("out/ids.csv", { delimiter = ";" })'
    (project / "t.lua").write_text(text.replace('write_csv "out/ids.csv"', other))
    assert run(tideway) == [OUTPUTS[0], OUTPUTS[2]]


def test_records_that_are_damaged_or_unwritable_cost_time_only(tideway, project):
    before = contents(project)
    for record in (project / ".tideway" / "published").iterdir():
        record.write_text("{")
    (project / ".tideway" / "hashes.jsonl").write_bytes(b"\xff\x00\n{}")
    assert run(tideway) == []
    assert run(tideway) == OUTPUTS
    assert contents(project) == before


QUERY = """
local tw = require "tideway"
return tw.pipeline { name = "t", run = function()
  tw.sql.connect("sqlite:a.db"):query("SELECT id FROM t ORDER BY id"):write_jsonl "out/ids.jsonl"
end }
"""


def kept(tideway):
    result = tideway("run", "q.lua", "--json")
    assert result.code == 0, result.err
    return [output.get("kept", False) for output in json.loads(result.out)["outputs"]]


def test_a_query_is_read_again_only_when_the_database_was_written(tideway, tmp_path):
    (tmp_path / "q.lua").write_text(QUERY)
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("CREATE TABLE t (id INTEGER)")
        database.execute("INSERT INTO t VALUES (1)")
    database.close()
    assert kept(tideway) == [False]
    assert kept(tideway) == [True]
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("UPDATE t SET id = 2")
    database.close()
    assert kept(tideway) == [False]
    assert (tmp_path / "out" / "ids.jsonl").read_text() == '{"id":2}\n'


def test_a_query_of_postgresql_is_read_again_only_when_something_was_written(tideway, tmp_path, postgres):
    (tmp_path / "q.lua").write_text(QUERY.replace("sqlite:a.db", postgres).replace("FROM t", "FROM reuse_t"))
    write = tmp_path / "w.lua"

    def execute(statement):
        write.write_text(f"""
local tw = require "tideway"
return tw.pipeline {{ name = "w", run = function()
  tw.sql.connect("{postgres}", {{ read_only = false }}):execute [[{statement}]]
end }}""")
        result = tideway("run", "w.lua")
        assert result.code == 0, result.err

    execute("DROP TABLE IF EXISTS reuse_t")
    execute("CREATE TABLE reuse_t AS SELECT 1 AS id")
    assert kept(tideway) == [False]
    assert kept(tideway) == [True]
    execute("UPDATE reuse_t SET id = 2")
    assert kept(tideway) == [False]
    execute("DROP TABLE reuse_t")


CACHED = """
local tw = require "tideway"
return tw.pipeline { name = "c", params = { least = 0 }, run = function(job)
  local rows = tw.dataset.csv("in.csv"):sort("id"):cache { keep = true }
  rows:filter(tw.col "id" :ge(job.params.least)):write_jsonl("out/a.jsonl")
end }
"""


def steps(tideway, *arguments):
    """The names of the steps that a run of the script took."""
    result = tideway("run", "c.lua", "--json", *arguments)
    assert result.code == 0, result.err
    return [step["step"].split()[0] for step in json.loads(result.out)["steps"]]


def test_a_kept_cache_is_read_by_later_runs_and_made_anew_for_other_rows(tideway, tmp_path):
    (tmp_path / "c.lua").write_text(CACHED)
    (tmp_path / "in.csv").write_text("id,text\n3,c\n1,a\n2,b\n")
    assert "sort" in steps(tideway)
    assert steps(tideway, "-p", "least=2") == ["filter"]
    assert (tmp_path / "out" / "a.jsonl").read_text() == '{"id":2,"text":"b"}\n{"id":3,"text":"c"}\n'
    assert [source["uri"] for source in tideway.receipts()[-1]["inputs"]] == ["in.csv"]
    (tmp_path / "in.csv").write_text("id,text\n5,c\n1,a\n2,b\n")
    assert "sort" in steps(tideway, "-p", "least=3")
    assert (tmp_path / "out" / "a.jsonl").read_text() == '{"id":5,"text":"c"}\n'
    assert "sort" in steps(tideway, "-p", "least=1", "--fresh")


def test_an_option_of_cache_that_is_none_is_told(tideway, tmp_path):
    (tmp_path / "c.lua").write_text(CACHED.replace("keep =", "kep ="))
    (tmp_path / "in.csv").write_text("id,text\n")
    result = tideway("check", "c.lua")
    assert result.code == 2
    assert "did you mean `keep`" in result.err
