"""Datasets that are written to object stores."""

import contextlib
import os
import pathlib
import signal

import pyarrow
import pyarrow.parquet
import pytest
from conftest import wait_until
from object_stores import gs, place, run, script  # noqa: F401

ROWS = """
local list = {}
for i = 1, 1000 do list[i] = { id = i + %d, text = "row " .. i } end
local rows = tw.dataset.from_rows(list)
"""


def keys(tideway, place):
    out = run(tideway, place.env, f'''
        for _, object in ipairs(tw.store.open("{place.uri}"):list()) do print("key", object.key) end''').out
    return [line.split("\t")[1] for line in out.splitlines() if line.startswith("key")]


def write(tideway, place, first=0, options="{ shards = 3 }", after=""):
    return run(tideway, place.env, ROWS % first + f'rows:write_parquet("{place.uri}/rows", {options}) ' + after)


def count_and_first(tideway, place, address):
    return run(tideway, place.env, f'''
        local rows = tw.dataset.parquet("{place.uri}/{address}")
        print(rows:count(), rows:sort("id"):head(1)[1].id)''').out.split()[:2]


def refusal(tideway, env, body, command="run"):
    done = tideway(command, script(tideway.folder, body), env=env)
    assert done.code != 0, done.out
    return done.err


def test_a_dataset_is_written_and_read_by_its_folder_and_by_a_pattern(tideway, place):
    write(tideway, place)
    names = keys(tideway, place)
    assert len(names) == 4 and names[0] == "rows/manifest.json"
    assert all(name.startswith(f"rows/train-0000{i}-") for i, name in enumerate(names[1:]))
    for address in ("rows", "rows/", "rows/*.parquet", names[1]):
        count, _ = count_and_first(tideway, place, address)
        assert count == ("334" if address == names[1] else "1000"), address


@pytest.mark.parametrize("ending", ["jsonl", "csv.gz", "jsonl.zst", "arrow"])
def test_one_object_of_any_format_is_written_and_read(tideway, place, ending):
    word = ending.split(".")[0]
    run(tideway, place.env, ROWS % 0 + f'rows:write_{word} "{place.uri}/deep/rows.{ending}"')
    assert keys(tideway, place) == [f"deep/rows.{ending}"]
    done = run(tideway, place.env, f'print(tw.dataset.{word}("{place.uri}/deep/rows.{ending}"):count())')
    assert done.out.splitlines()[0] == "1000"


def test_a_new_write_takes_the_place_of_the_old(tideway, place):
    write(tideway, place)
    before = keys(tideway, place)
    write(tideway, place, first=5)
    after = keys(tideway, place)
    assert len(after) == 4 and set(before) & set(after) == {"rows/manifest.json"}
    assert count_and_first(tideway, place, "rows/*.parquet") == ["1000", "6"]


def test_what_would_come_out_the_same_is_kept(tideway, place):
    body = ('local rows = tw.dataset.csv "in.csv" '
            f'rows:write_parquet("{place.uri}/rows", {{ shards = 2 }})')
    (tideway.folder / "in.csv").write_text("id\n1\n2\n3\n")
    run(tideway, place.env, body)
    first = keys(tideway, place)
    run(tideway, place.env, body)
    assert keys(tideway, place) == first
    old, new = [one for one in tideway.receipts() if one["outputs"]]
    assert [one.get("kept", False) for one in new["outputs"]] == [True, True]
    assert [one["uri"] for one in new["outputs"]] == [one["uri"] for one in old["outputs"]]
    run(tideway, place.env, f'tw.store.open("{place.uri}"):delete("{first[1]}")')
    run(tideway, place.env, body)
    assert keys(tideway, place) == first


def test_a_prefix_with_foreign_objects_is_refused_and_left_alone(tideway, place):
    run(tideway, place.env, f'tw.store.open("{place.uri}"):put("rows/notes.txt", "mine")')
    for command in ("run", "check"):
        error = refusal(tideway, place.env, ROWS % 0 + f'rows:write_parquet "{place.uri}/rows"', command)
        assert f"no earlier write put there: {place.uri}/rows/notes.txt" in error
    assert keys(tideway, place) == ["rows/notes.txt"]


def test_a_check_sends_nothing(tideway, place):
    done = tideway("check", script(tideway.folder, ROWS % 0 + f'rows:write_parquet "{place.uri}/rows"'), env=place.env)
    assert done.code == 0 and f"write.parquet {place.uri}/rows" in done.out
    assert keys(tideway, place) == []


def test_places_that_cannot_be_written_are_refused(tideway, s3):  # noqa: F811
    for uri, words in (("s3://bucket", "a whole bucket is no output"), ("hf://datasets/a/b", "no place that rows are"),
                       ("https://host/rows", "no place that rows are"), ("s3://nowhere-at-all/rows", "nowhere-at-all"),
                       ("s3://bucket/rows.txt", "files of another kind")):
        error = refusal(tideway, s3, ROWS % 0 + f'rows:write_parquet "{uri}"')
        assert words in error, error


def test_parts_and_several_formats_go_to_stores(tideway, place):
    run(tideway, place.env, ROWS % 0 + f'''
        tw.dataset.write_jsonl(rows:split {{ train = 0.9, test = 0.1, seed = 1 }}, "{place.uri}/split")
        rows:tee {{ parquet = "{place.uri}/tee", csv = "{place.uri}/tee.csv", jsonl = "tee.jsonl" }}
        print(tw.dataset.jsonl("{place.uri}/split/test-*.jsonl"):count(),
          tw.dataset.jsonl("{place.uri}/split"):count(), tw.dataset.csv("{place.uri}/tee.csv"):count())''')
    names = [name.rsplit("-", 1)[0] for name in keys(tideway, place)]
    assert names == ["split/manifest.json", "split/test-00000", "split/train-00000", "tee.csv", "tee/manifest.json",
                     "tee/train-00000"]


def test_a_write_that_fails_leaves_the_old_dataset(tideway, place):
    write(tideway, place)
    error = refusal(tideway, place.env, ROWS % 5 + f'''
        rows:filter(function(row) if row.id > 900 then error "broken" end return true end)
          :write_parquet("{place.uri}/rows", {{ max_shard_rows = 100 }})''')
    assert "broken" in error
    assert count_and_first(tideway, place, "rows/*.parquet") == count_and_first(tideway, place, "rows") == ["1000", "1"]


def test_this_machine_keeps_three_shards_at_most(tideway, s3):  # noqa: F811
    table = pyarrow.table({"text": [os.urandom(500).hex() for _ in range(100000)]})
    pyarrow.parquet.write_table(table, tideway.folder / "in.parquet", row_group_size=1000)
    body = '''tw.store.open("s3://room"):create_bucket()
        tw.dataset.parquet("in.parquet"):write_parquet("s3://room/rows", { max_shard_rows = 5000 })'''
    process = tideway.start("run", script(tideway.folder, body), env=s3)
    most = 0
    while process.poll() is None:
        with contextlib.suppress(OSError):
            files = (tideway.folder / ".tideway" / "scratch").rglob("*.tideway-tmp")
            most = max(most, sum(path.stat().st_size for path in files))
    assert process.returncode == 0, process.stderr.read()
    folder = pathlib.Path(s3["XDG_STATE_HOME"]).parent / "buckets" / "room" / "rows"
    sizes = [path.stat().st_size for path in folder.glob("*.parquet")]
    assert len(sizes) == 20 and 0 < most < 3.5 * max(sizes)


class Killed:
    """A write to S3 that is killed once its first shard is there."""

    def __init__(self, tideway, s3, bucket):  # noqa: F811
        self.tideway, self.env = tideway, s3
        self.folder = pathlib.Path(s3["XDG_STATE_HOME"]).parent / "buckets" / bucket
        self.body = f'''
            tw.store.open("s3://{bucket}"):create_bucket()
            local rows = tw.dataset.csv("in.csv"):filter(function(row) return row.id >= 0 end)
            rows:write_parquet("s3://{bucket}/rows", {{ max_shard_rows = 5000 }})'''
        (tideway.folder / "in.csv").write_text("id\n" + "".join(f"{i}\n" for i in range(200000)))

    def shards(self):
        return {path.name: path.stat().st_mtime_ns for path in self.folder.glob("rows/*.parquet")}

    def kill(self):
        process = self.tideway.start("run", script(self.tideway.folder, self.body), env=self.env)
        known = len(self.shards())
        wait_until(lambda: process.poll() is not None or len(self.shards()) > known + 2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (self.folder / "rows" / "manifest.json").exists(), "the write was over before it was killed"

    def finish(self):
        run(self.tideway, self.env, self.body)


def test_a_killed_write_goes_on_and_sends_nothing_twice(tideway, s3):  # noqa: F811
    killed = Killed(tideway, s3, "killed-writes")
    killed.kill()
    before = killed.shards()
    error = refusal(tideway, s3, 'print(tw.dataset.parquet("s3://killed-writes/rows/*.parquet"):count())')
    assert "nothing is published yet: s3://killed-writes/rows/manifest.json" in error
    killed.finish()
    after = killed.shards()
    assert len(after) == 40 and before.items() <= after.items()
    done = run(tideway, s3, 'print(tw.dataset.parquet("s3://killed-writes/rows"):count())')
    assert done.out.splitlines()[0] == "200000"


def test_what_a_killed_write_left_goes_with_the_next(tideway, s3):  # noqa: F811
    killed = Killed(tideway, s3, "killed-left")
    killed.kill()
    run(tideway, s3, ROWS % 0 + 'rows:write_parquet("s3://killed-left/rows")')
    assert len(killed.shards()) == 1
    done = run(tideway, s3, 'print(tw.dataset.parquet("s3://killed-left/rows/*.parquet"):count())')
    assert done.out.splitlines()[0] == "1000"
