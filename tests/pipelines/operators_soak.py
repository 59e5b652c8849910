"""Every operator over a table of twenty-four times the memory promise, and killed at random moments.

Collected by ./dev soak only. $TIDEWAY_SOAK_MIB is the promise (default 256, and so a table of 6 GiB), $TIDEWAY_KILLS is
how often each operator is killed (default 50).
"""

import hashlib
import os
import random
import signal
import subprocess

import duckdb
import pytest
from conftest import ROOT, Tideway
from memory_soak import MEBIBYTE, watch

PROMISE_MIB = int(os.environ.get("TIDEWAY_SOAK_MIB", "256"))
TIMES_LARGER = 24
ROW_BYTES = 8 + 8 + 8 + 196 + 4
KILLS = int(os.environ.get("TIDEWAY_KILLS", "50"))
KILLED_ROWS = 200_000

# By name: what is done with `rows` (id, user, stars, text), which ends in a file.
WRITE = ':write_arrow "out.arrow"'
OPERATORS = {
    "select": 'rows:select("id", "text")' + WRITE,
    "filter": 'rows:filter(tw.col "stars":ge(2))' + WRITE,
    "with": 'rows:with { long = tw.col "text":length() }' + WRITE,
    "cast": 'rows:cast { stars = "float64" }' + WRITE,
    "clean": 'rows:map("text", tw.text.clean { urls = true })' + WRITE,
    "map": 'rows:map("stars", function(stars) return stars + 1 end)' + WRITE,
    "flat_map": 'rows:flat_map(function(row) return { { n = row.stars }, { n = row.id } } end, '
                '{ returns = { n = "int64" } }):select("id", "n")' + WRITE,
    "concat": 'rows:concat(rows):select("id", "user")' + WRITE,
    "mix": 'tw.dataset.mix({ a = rows, b = rows }, { ratios = { a = 1, b = 2 }, seed = 1 })' + WRITE,
    "skip and limit": 'rows:skip(1000):limit(100000000)' + WRITE,
    "cache": 'rows:cache()' + WRITE,
    "sample": 'rows:sample { fraction = 0.5, seed = 1 }' + WRITE,
    "sample n": 'rows:sample { n = 100000, seed = 1 }' + WRITE,
    "sample per": 'rows:sample { n = 1000, per = "stars", seed = 1 }' + WRITE,
    "shuffle": 'rows:shuffle { seed = 1 }' + WRITE,
    "sort": 'rows:sort "text"' + WRITE,
    "distinct": 'rows:distinct "user"' + WRITE,
    "distinct text": 'rows:distinct "text"' + WRITE,
    "group_by": 'rows:group_by("user", { n = "count", mean = { mean = "stars" } })' + WRITE,
    "group_by text": 'rows:group_by("text", { n = "count" })' + WRITE,
    "quantiles": 'rows:group_by("stars", { m = { median = "id" } })' + WRITE,
    "join": 'rows:join(rows:filter(tw.col "stars":eq(1)):select("id"), { on = "id" })' + WRITE,
    "join large": 'rows:join(rows:select("id", "user"):rename { user = "other" }, { on = "id" })' + WRITE,
    "split": 'tw.dataset.write_arrow(rows:split { a = 0.7, b = 0.3, stratify = "stars", seed = 1 }, "out")',
    "grouped split": 'tw.dataset.write_arrow(rows:split { a = 0.7, b = 0.3, group = "user", seed = 1 }, "out")',
    "shards": 'rows:write_arrow("out", { max_shard_rows = 20000 })',
    "jsonl": 'rows:write_jsonl("out", { max_shard_bytes = 4000000 })',
    "parquet": 'rows:write_parquet("out", { max_shard_rows = 30000 })',
}

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {{
  name = "soak",
  run = function()
    local rows = tw.dataset.parquet "rows.parquet"
    {body}
  end,
}}
"""


def make_rows(folder, count):
    path = folder / f"rows-{count}.parquet"
    if not path.exists():
        text = " || ".join(f"md5((range + {i})::VARCHAR)" for i in range(6))
        columns = f"range AS id, (hash(range) % {count // 20 + 1})::BIGINT AS user, (range % 5)::BIGINT AS stars"
        duckdb.sql(f"COPY (SELECT {columns}, 'text ' || {text} AS text FROM range({count})) TO '{path}.part'"
                   " (FORMAT parquet, ROW_GROUP_SIZE 100000)")
        os.rename(f"{path}.part", path)
    return path


@pytest.fixture(scope="module")
def work():
    folder = ROOT / "build" / "soak" / "operators"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def project(program, work, rows, name):
    """A folder with the script of one operator over that many rows."""
    folder = work / "run"
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    folder.mkdir()
    (folder / "rows.parquet").symlink_to(make_rows(work, rows))
    (folder / "soak.lua").write_text(SCRIPT.format(body=OPERATORS[name]))
    return Tideway(program, folder)


def remove_outputs(folder):
    subprocess.run(["rm", "-rf", "out", "out.arrow"], cwd=folder, check=True)


def measure(tideway, memory):
    """Seconds and peak anonymous bytes of a run that finds no output, and a disk with nothing to write."""
    remove_outputs(tideway.folder)
    os.sync()
    return watch(tideway.start("run", "soak.lua", "-q", "--fresh", "--memory", memory))[1:]


def digest(folder):
    """Of all that was written."""
    files = sorted(path for path in [folder / "out.arrow", *folder.glob("out/*")] if path.exists())
    assert files
    return [(path.name, hashlib.file_digest(path.open("rb"), "sha256").hexdigest()) for path in files]


@pytest.mark.parametrize("name", OPERATORS)
def test_operator_stays_within_the_promise(program, work, name):
    rows = PROMISE_MIB * MEBIBYTE * TIMES_LARGER // ROW_BYTES
    tideway = project(program, work, rows, name)
    wide_s, _ = measure(tideway, "16GiB")
    expected = digest(tideway.folder)
    seconds, peak = measure(tideway, f"{PROMISE_MIB}MiB")
    assert digest(tideway.folder) == expected
    print(f"\n{name}: {rows:,} rows, {seconds:.1f} s, {wide_s / seconds:.0%} of the speed with 16 GiB,"
          f" peak anonymous memory {peak / MEBIBYTE:.0f} MiB of {PROMISE_MIB}")
    assert peak <= 1.1 * PROMISE_MIB * MEBIBYTE


@pytest.mark.parametrize("name", OPERATORS)
def test_operator_survives_kills_at_random_moments(program, work, name):
    chance = random.Random(name)
    tideway = project(program, work, KILLED_ROWS, name)
    duration, _ = measure(tideway, "64MiB")
    expected = digest(tideway.folder)
    killed = 0
    for _ in range(KILLS):
        remove_outputs(tideway.folder)
        process = tideway.start("run", "soak.lua", "-q", "--memory", "64MiB")
        try:
            process.wait(timeout=chance.uniform(0, duration))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
    result = tideway("run", "soak.lua", "-q", "--memory", "64MiB")
    assert result.code == 0, result.err
    assert digest(tideway.folder) == expected
    assert list(tideway.folder.glob(".*tideway-tmp*")) == []
    print(f"\n{name}: killed {killed} times of {KILLS}, equal bytes")
