"""Near-duplicates among real source files, with copies planted, against a judge that knows the definition alone."""

import hashlib
import os
import pathlib
import random
import re
import signal
import time

import judge_dedup
import polars
import pyarrow
import pyarrow.parquet
import pytest

THRESHOLD = 0.85
SCRIPT = """
local tw = require "tideway"
return tw.pipeline {{
  name = "dedup",
  run = function()
    local found = tw.dedup.near(tw.dataset.parquet "files.parquet", {{ id = "path", {options} }})
    found.kept:write_parquet "kept.parquet"
    found.removed:write_jsonl "removed.jsonl"
    tw.dedup.tag(tw.dataset.parquet "files.parquet", {{ id = "path", {options} }}):write_parquet "tagged.parquet"
  end,
}}
"""
SPLIT = """
local tw = require "tideway"
return tw.pipeline {{
  name = "split",
  run = function()
    local tagged = tw.dedup.tag(tw.dataset.parquet "files.parquet", {{ id = "path" }})
    local parts = tagged:split {{ train = 0.7, test = 0.3, seed = {seed}, {group} }}
    parts.train:write_parquet "train.parquet"
    parts.test:write_parquet "test.parquet"
  end,
}}
"""


def real_files(count, most_bytes=16_000):
    """ASCII sources of this system: for them the judge's words are the program's."""
    files = []
    for folder in ("/usr/lib/python3", "/usr/include", "/usr/lib/python3.11", "/usr/share/perl"):
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix not in (".py", ".h", ".hpp", ".pm", ".pl") or path.is_symlink() or not path.is_file():
                continue
            content = path.read_bytes()
            if 0 < len(content) <= most_bytes and content.isascii() and b"\0" not in content:
                files.append((str(path), content.decode()))
    random.Random(4).shuffle(files)
    return files[:count]


def changed(text, share, state):
    """The text with about this share of its words replaced."""
    return re.sub(r"\w+", lambda word: f"w{state.random()}"[:9] if state.random() < share else word[0], text)


@pytest.fixture(scope="module")
def files():
    """2,000 real files, and of every fourth some copies: exact, of other white space, with few or many changes."""
    state = random.Random(11)
    real = real_files(2_000)
    assert len(real) == 2_000
    rows = list(real)
    for path, text in real[::4]:
        kinds = [text, text.replace("\n", " \n"), *(changed(text, share, state) for share in (0.003, 0.01, 0.02, 0.04))]
        for i, copy in enumerate(state.sample(kinds, 2)):
            rows.append((f"{path}#{i}", copy))
    rows += [("empty", ""), ("empty 2", ""), ("null", None), ("null 2", None), ("braces", "{}"), ("braces 2", "{ }")]
    state.shuffle(rows)
    return rows


def write_files(rows, folder, rows_at_once=300):
    table = pyarrow.table({"path": [path for path, _ in rows], "content": [text for _, text in rows]})
    pyarrow.parquet.write_table(table, folder / "files.parquet", row_group_size=rows_at_once)


def run(tideway, options="", *arguments):
    (tideway.folder / "dedup.lua").write_text(SCRIPT.format(options=options))
    result = tideway("run", "dedup.lua", "--fresh", *arguments)
    assert result.code == 0, result.err
    return {name: hashlib.sha256((tideway.folder / name).read_bytes()).hexdigest()
            for name in ("kept.parquet", "removed.jsonl", "tagged.parquet")}


def removed_in(folder):
    removed = polars.read_ndjson(folder / "removed.jsonl")
    return dict(zip(removed["path"], removed["witness"]))


def test_removes_what_the_judge_would_and_nothing_else(tideway, files):
    write_files(files, tideway.folder)
    run(tideway, 'keep = "first"')
    number = {path: i for i, (path, _) in enumerate(files)}
    sets = [judge_dedup.shingles(text or "") for _, text in files]
    removed = {number[one]: number[witness] for one, witness in removed_in(tideway.folder).items()}
    pairs = judge_dedup.similar_pairs(sets, THRESHOLD)
    quality = judge_dedup.quality(sets, pairs, removed, THRESHOLD)
    print(quality)
    assert quality["with_earlier"] > 500
    assert quality["precision"] >= 0.999
    assert quality["recall"] >= 0.97
    assert quality["recall_of_kept"] >= 0.999

    kept = polars.read_parquet(tideway.folder / "kept.parquet")["path"].to_list()
    assert kept == [path for i, (path, _) in enumerate(files) if i not in removed]
    similarity = polars.read_ndjson(tideway.folder / "removed.jsonl")["similarity"].to_list()
    assert similarity == [judge_dedup.jaccard(sets[one], sets[witness]) for one, witness in removed.items()]

    # No pair that is alike is in two clusters, so in two parts of a split by cluster.
    cluster = polars.read_parquet(tideway.folder / "tagged.parquet")["cluster"].to_list()
    assert sum(cluster[i] != cluster[j] for i, j in pairs) == 0


def pairs_across(tideway, files, pairs, seed, group):
    """How many alike files are on both sides of a split."""
    (tideway.folder / "split.lua").write_text(SPLIT.format(seed=seed, group=group))
    result = tideway("run", "split.lua", "--fresh")
    assert result.code == 0, result.err
    train, test = (set(polars.read_parquet(tideway.folder / f"{part}.parquet")["path"]) for part in ("train", "test"))
    assert len(train) + len(test) == len(files)
    return sum((files[i][0] in train) != (files[j][0] in train) for i, j in pairs)


def test_no_planted_copy_is_on_the_other_side_of_a_split_by_cluster(tideway, files):
    write_files(files, tideway.folder)
    pairs = judge_dedup.similar_pairs([judge_dedup.shingles(text or "") for _, text in files], THRESHOLD)
    assert len(pairs) > 500
    assert pairs_across(tideway, files, pairs, seed=1, group="") > 100
    for seed in (1, 2, 3):
        assert pairs_across(tideway, files, pairs, seed, group='group = "cluster"') == 0


def test_is_the_same_for_any_workers_and_memory(tideway, files):
    write_files(files, tideway.folder)
    expected = run(tideway, "", "--workers", 1)
    assert run(tideway, "", "--workers", 2) == expected
    assert run(tideway, "", "--workers", 8) == expected
    assert run(tideway, "", "--workers", 2, "--memory", "64MiB") == expected


def test_what_stays_does_not_depend_on_the_order_of_rows(tideway, files):
    def kept():
        rows = polars.read_parquet(tideway.folder / "kept.parquet")
        return sorted(rows["path"].to_list())

    write_files(files, tideway.folder)
    run(tideway)
    expected, removed = kept(), removed_in(tideway.folder)
    for seed in (1, 2):
        shuffled = list(files)
        random.Random(seed).shuffle(shuffled)
        write_files(shuffled, tideway.folder, rows_at_once=1_000)
        run(tideway)
        assert kept() == expected
        assert removed_in(tideway.folder) == removed


def test_a_killed_run_is_gone_on_with_to_the_same_bytes(tideway, files):
    write_files(files, tideway.folder)
    expected = run(tideway, "", "--memory", "64MiB")
    for name in expected:
        (tideway.folder / name).unlink()
    for wait_s in (0.1, 0.3, 0.6):
        process = tideway.start("run", "dedup.lua", "--fresh", "--memory", "64MiB")
        time.sleep(wait_s)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert not list(tideway.folder.glob(".*tideway-tmp")) or process.returncode == -signal.SIGKILL
    assert run(tideway, "", "--memory", "64MiB") == expected
    scratch = tideway.folder / ".tideway" / "scratch"
    assert not scratch.exists() or list(scratch.iterdir()) == []


def test_a_cap_ends_the_run_before_anything_is_written(tideway, files):
    rows = [(path, text) for path, text in files if text][:300]
    write_files(rows + [(f"copy {i}", rows[0][1]) for i in range(50)], tideway.folder)
    (tideway.folder / "capped.lua").write_text("""
local tw = require "tideway"
return tw.pipeline {
  name = "capped",
  run = function()
    local rows = tw.dataset.parquet "files.parquet"
      :map(function(row) return { source = tostring(row.path):find "^copy" and "copies" or "own" } end,
        { returns = { source = "string" } })
    tw.dedup.near(rows, { id = "path", source = "source", cap = { share = 0.6 } }).kept:write_parquet "kept.parquet"
  end,
}
""")
    result = tideway("run", "capped.lua")
    assert result.code != 0
    assert "more than 60 % of a source would go: " in result.err
    assert "of 50 rows of `copies`" in result.err
    assert not (tideway.folder / "kept.parquet").exists()


def test_broken_and_huge_texts_are_read(tideway):
    state = random.Random(3)
    huge = " ".join(str(state.random()) for _ in range(400_000))
    rows = [huge.encode(), huge.encode() + b" end", b"\xff\xfe" * 1000, b"\xff\xfd" * 1000, b"a\0b c d e f g",
            b"a\0b c d e f g", bytes(range(256)) * 10, b"", b"\xe9t\xe9 " * 5, b"\xe9t\xe8 " * 5]
    content = pyarrow.array(rows, pyarrow.binary())
    table = pyarrow.table({"path": [str(i) for i in range(len(rows))], "content": content})
    pyarrow.parquet.write_table(table, tideway.folder / "files.parquet")
    run(tideway, 'keep = "first"')
    assert removed_in(tideway.folder) == {"1": "0", "5": "4"}
