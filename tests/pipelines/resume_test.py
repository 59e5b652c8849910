"""A run that was killed goes on after the shards that were complete, and gives the bytes of one that was not."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time

import pytest

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {{ name = "t", params = {{ output = "out" }}, run = function(job)
  local rows = tw.dataset.parquet("in.parquet"):{steps}
  local work = function(id)
    local sum = id
    for i = 1, 2000 do sum = (sum * 31 + i) % 1000003 end
    return sum
  end
  rows = rows:map("work", work)
  {write}
end }}
"""
MAKE_INPUT = """
local tw = require "tideway"
return tw.pipeline { name = "i", run = function() tw.dataset.csv("in.csv"):write_parquet "in.parquet" end }
"""
STEPS = {
    "rows that all stay": 'with { work = tw.col "id" }',
    "rows that are filtered": 'filter(tw.col "id" :ge(10000)):with { work = tw.col "id" }',
    "sorted rows": 'sort("text"):with { work = tw.col "id" }',
}
WRITES = {
    "jsonl": 'rows:write_jsonl(job.params.output, { max_shard_rows = 5000 })',
    "csv": 'rows:write_csv(job.params.output, { max_shard_bytes = 700000 })',
    "arrow": 'rows:write_arrow(job.params.output, { max_shard_rows = 5000 })',
    "parquet": 'rows:write_parquet(job.params.output, { max_shard_rows = 5000 })',
    "parts": 'tw.dataset.write_parquet(rows:split { a = 0.7, b = 0.3, seed = 1 }, job.params.output,'
             ' { max_shard_rows = 3000 })',
    "count": 'rows:write_jsonl(job.params.output, { shards = 13 })',
}


MEMORY = ["--memory", "32MiB"]  # small batches, of which there are several


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def logs(folder):
    return list(folder.glob(".out.tideway-tmp/scratch-*/shards.jsonl"))


@pytest.fixture
def project(tideway, tmp_path):
    def make(steps, write):
        (tmp_path / "t.lua").write_text(SCRIPT.format(steps=STEPS[steps], write=WRITES[write]))
        make_input(tideway, "")
        return tmp_path

    return make


def make_input(tideway, ending):
    lines = [f"{(i * 7919) % 60000},text {i % 101} {'-' * 90}{ending}\n" for i in range(60000)]
    (tideway.folder / "in.csv").write_text("id,text\n" + "".join(lines))
    (tideway.folder / "i.lua").write_text(MAKE_INPUT)
    assert tideway("run", "i.lua").code == 0


def shards_in(log):
    try:
        return log.read_text().count("\n")
    except FileNotFoundError:  # a run that goes on gives its log another place
        return 0


def kill_after_shards(tideway, project, shards, how=signal.SIGKILL):
    process = tideway.start("run", "t.lua", *MEMORY)
    try:
        while process.poll() is None:
            if any(shards_in(log) > shards for log in logs(project)):
                process.send_signal(how)
                break
            time.sleep(0.002)
    finally:
        process.communicate()
    assert process.returncode != 0, "it ended before it could be killed"


def run(tideway, *arguments):
    result = tideway("run", "t.lua", *MEMORY, *arguments)
    assert result.code == 0, result.err
    return result


def expect_whole(tideway, folder):
    """The output is as a run gives it that nothing disturbed, and nothing else is left."""
    run(tideway, "-p", "output=whole")
    assert contents(folder / "out") == contents(folder / "whole")
    assert list(folder.glob(".out*")) == []


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("steps", STEPS)
def test_a_killed_run_goes_on_where_it_was(tideway, project, steps, write):
    folder = project(steps, write)
    kill_after_shards(tideway, folder, 3)
    result = run(tideway)
    assert "going on after" in result.err
    expect_whole(tideway, folder)


def test_a_query_begins_anew_for_its_rows_may_come_in_another_order(tideway, project):
    folder = project("rows that all stay", "jsonl")
    with sqlite3.connect(folder / "in.db") as database:
        database.execute("CREATE TABLE t (id INTEGER, text TEXT)")
        database.executemany("INSERT INTO t VALUES (?, ?)", [(i, "x" * 90) for i in range(60000)])
    database.close()
    script = (folder / "t.lua").read_text()
    query = 'tw.sql.connect("sqlite:in.db"):query("SELECT id, text FROM t")'
    (folder / "t.lua").write_text(script.replace('tw.dataset.parquet("in.parquet")', query))
    process = tideway.start("run", "t.lua", *MEMORY)
    while process.poll() is None and not list(folder.glob(".out.tideway-tmp/scratch-*/new/.train-00002*")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode != 0, "it ended before it could be killed"
    assert logs(folder) == []
    assert "going on after" not in run(tideway).err
    expect_whole(tideway, folder)


def test_ctrl_c_is_no_loss_either(tideway, project):
    folder = project("rows that all stay", "jsonl")
    kill_after_shards(tideway, folder, 3, signal.SIGINT)
    assert "going on after" in run(tideway).err
    expect_whole(tideway, folder)


def test_killed_twice_it_goes_on_twice(tideway, project):
    folder = project("rows that are filtered", "jsonl")
    kill_after_shards(tideway, folder, 2)
    kill_after_shards(tideway, folder, 5)
    assert "going on after" in run(tideway).err
    expect_whole(tideway, folder)


def test_rows_that_were_written_are_not_computed_again(tideway, project):
    folder = project("rows that all stay", "jsonl")
    kill_after_shards(tideway, folder, 6)
    run(tideway)
    (step,) = [step for step in tideway.receipts()[-1]["steps"] if step["step"].startswith("map")]
    assert step["rows_out"] < 60000


@pytest.mark.parametrize("change", ["input", "script", "fresh", "damage", "log"])
def test_what_no_longer_fits_is_made_anew(tideway, project, change):
    folder = project("rows that all stay", "jsonl")
    kill_after_shards(tideway, folder, 3)
    arguments = []
    if change == "input":
        make_input(tideway, "!")
    elif change == "script":
        (folder / "t.lua").write_text((folder / "t.lua").read_text().replace("* 31", "* 37"))
    elif change == "fresh":
        arguments = ["--fresh"]
    elif change == "log":
        logs(folder)[0].write_bytes(b"\xff{}\n")
    else:
        for shard in logs(folder)[0].parent.glob("new/.*"):
            shard.write_bytes(shard.read_bytes()[:-1])
    result = run(tideway, *arguments)
    assert "going on after" not in result.err
    expect_whole(tideway, folder)


def test_bytes_survive_kills_at_random_moments(tideway, project):
    chance = random.Random(4)
    folder = project("rows that are filtered", "parquet")
    started = time.monotonic()
    run(tideway, "-p", "output=whole")
    duration = time.monotonic() - started
    for _ in range(int(os.environ.get("TIDEWAY_KILLS", "5"))):
        process = tideway.start("run", "t.lua", *MEMORY)
        try:
            process.wait(timeout=chance.uniform(0, duration))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
    run(tideway)
    assert contents(folder / "out") == contents(folder / "whole")
    assert list(folder.glob(".out*")) == []
    assert json.loads((folder / "out" / "manifest.json").read_text())["shards"]


def test_what_a_killed_write_of_text_left_is_gone_with_the_next_one(tideway):
    (tideway.folder / "w.lua").write_text("""
        local tw = require "tideway"
        return tw.pipeline { name = "w", params = { hang = false }, run = function(job)
          while job.params.hang do end
          tw.path.write("out.json", "{}")
        end }
    """)
    process = tideway.start("run", "w.lua", "-p", "hang=true")
    while not (owners := list(tideway.folder.glob(".tideway/runs/*/owner"))):
        assert process.poll() is None
    mark = owners[0].read_text()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (tideway.folder / f".out.json.{mark}.0.tideway-tmp").write_text("{")
    (tideway.folder / ".out.json.tideway-tmp").write_text("not ours")
    assert tideway("run", "w.lua").code == 0
    assert (tideway.folder / "out.json").read_text() == "{}"
    assert [path.name for path in tideway.folder.glob(".*tideway-tmp")] == [".out.json.tideway-tmp"]
