"""Parquet on the Hub: only the parts that are read come here."""

import hashlib
import json
import random
import re

import polars
import pytest
from fakes.hub import ContentRange, Etag, Expired, Reset, Short, Status, Whole

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

ROWS = 6000
SCRIPT = """
local tw = require "tideway"
return tw.pipeline {
  name = "parts",
  run = function()
    local rows = tw.dataset.parquet "hf://datasets/ns/texts/data/*.parquet"
    %s
  end,
}
"""
ALL = 'rows:write_jsonl "out.jsonl"'
IDS = 'rows:select { "id" }:write_jsonl "out.jsonl"'
ONE_GROUP = 'rows:filter(tw.col "id" :ge(5500)):write_jsonl "out.jsonl"'


def shard(path, first):
    """Row groups of 1,000 rows with incompressible texts of 1 kB."""
    words = random.Random(first)
    frame = polars.DataFrame({
        "id": range(first, first + ROWS // 2),
        "text": [words.randbytes(500).hex() for _ in range(ROWS // 2)],
    })
    frame.write_parquet(path, row_group_size=1000, compression="uncompressed")
    return path.read_bytes()


@pytest.fixture
def files(tmp_path):
    return {f"data/train-{n:05}-of-00002.parquet": shard(tmp_path / "shard.parquet", n * ROWS // 2) for n in range(2)}


@pytest.fixture
def repo(hub, files):
    return hub.add("datasets", "ns/texts", files)


@pytest.fixture
def run(tideway, hub, repo):
    def run(body, *options, verb="run", **env):
        (tideway.folder / "parts.lua").write_text(SCRIPT % body)
        env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read", **env}
        return tideway(verb, "parts.lua", *options, env=env)

    return run


@pytest.fixture
def ids(tideway):
    return lambda: [json.loads(line)["id"] for line in (tideway.folder / "out.jsonl").read_text().splitlines()]


def fetched(hub, files):
    """The bytes that were asked of the storage: a whole file where no range was."""
    size = max(len(content) for content in files.values())
    total = 0
    for request in hub.requests.of("GET", origin="cdn"):
        bounds = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        total += int(bounds[2]) - int(bounds[1]) + 1 if bounds else size
    return total


def cached(tideway):
    blobs = tideway.folder / "home" / "hub" / "datasets--ns--texts" / "blobs"
    return sorted(path.name for path in blobs.iterdir()) if blobs.exists() else []


def test_of_one_column_a_small_part_of_the_files_is_fetched(run, hub, files, ids):
    result = run(IDS)
    assert result.code == 0, result.err
    assert ids() == list(range(ROWS))
    assert fetched(hub, files) < sum(map(len, files.values())) / 10


def test_of_a_condition_only_the_row_groups_that_may_hold_rows_are_fetched(run, hub, files, ids):
    result = run(ONE_GROUP)
    assert result.code == 0, result.err
    assert ids() == list(range(5500, ROWS))
    assert fetched(hub, files) < sum(map(len, files.values())) / 3


@pytest.mark.parametrize("verb, body", [("run", "print(rows:count())"), ("check", ALL)])
def test_counting_and_checking_fetch_the_ends_of_the_files_only(run, hub, files, verb, body):
    result = run(body, verb=verb)
    assert result.code == 0, result.err
    assert verb == "check" or result.out.startswith(f"{ROWS}\n")
    assert 0 < fetched(hub, files) <= 2 * (64 << 10)


def test_files_that_are_read_to_the_full_come_whole_into_the_cache(run, tideway, hub, files, ids):
    assert run(ALL).code == 0
    assert ids() == list(range(ROWS))
    assert cached(tideway) == sorted(hashlib.sha256(content).hexdigest() for content in files.values())
    hub.requests.clear()
    result = run(ALL, "--fresh", HF_HUB_OFFLINE="1")
    assert result.code == 0, result.err
    assert len(hub.requests) == 0


def test_what_the_cache_has_is_not_fetched_in_parts(run, hub, ids):
    assert run(ALL).code == 0
    hub.requests.clear()
    assert run(IDS, "--fresh").code == 0
    assert hub.requests.of("GET", origin="cdn") == []


def test_of_text_that_is_read_in_part_nothing_is_kept(run, tideway):
    assert run(IDS).code == 0
    assert cached(tideway) == []
    assert list(tideway.folder.rglob("*.parts")) == []


def test_the_receipt_names_commit_and_hash_of_a_file_read_in_part(run, tideway, repo, files):
    assert run(IDS).code == 0
    assert [(one["uri"], one["hash"]) for one in tideway.receipts()[0]["inputs"]] == [
        (f"hf://datasets/ns/texts@{repo.head.oid}/{path}", "sha256:" + hashlib.sha256(content).hexdigest())
        for path, content in files.items()
    ]


def test_a_run_of_the_same_files_again_does_nothing(run, hub):
    assert run(IDS).code == 0
    hub.requests.clear()
    assert run(IDS).code == 0
    assert hub.requests.of("GET", origin="cdn") == []


@pytest.mark.parametrize("fault", [
    Status(500), Status(503), Status(429, {"Retry-After": "0"}), Reset(), Reset("answered"), Short(1000), Expired(),
    ContentRange("bytes 0-9/10"), ContentRange("nonsense"),
], ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("call", [1, 2, 4])
def test_one_fault_at_any_part_still_gives_the_right_rows(run, hub, ids, fault, call):
    hub.fault("GET", "", call=call, action=fault, origin="cdn")
    result = run(IDS)
    assert result.code == 0, result.err
    assert ids() == list(range(ROWS))


def test_where_a_server_gives_no_parts_the_files_come_whole(run, tideway, hub, files, ids):
    hub.fault("GET", "", call="every", action=Whole(), origin="cdn")
    result = run(IDS)
    assert result.code == 0, result.err
    assert ids() == list(range(ROWS))
    assert len(cached(tideway)) == 2


@pytest.mark.parametrize("call", [1, 2, 3, 5])
def test_where_one_part_is_answered_with_the_whole_file_the_rows_are_right(run, hub, ids, call):
    hub.fault("GET", "", call=call, action=Whole(), origin="cdn")
    result = run(IDS)
    assert result.code == 0, result.err
    assert ids() == list(range(ROWS))


def test_two_addresses_of_one_file_are_one_file(run, hub, files, ids):
    first = "data/train-00000-of-00002.parquet"
    result = run(IDS + f"""
    local again = tw.dataset.parquet "hf://datasets/ns/texts/{first}"
    print(again:select {{ "id" }}:filter(tw.col "id" :ge(10)):count())""")
    assert result.code == 0, result.err
    assert result.out.splitlines()[0] == str(ROWS // 2 - 10)
    assert fetched(hub, files) < sum(map(len, files.values())) / 10


@pytest.mark.parametrize("fault, message", [
    (Status(500), "the server answers 500"),
    (ContentRange("bytes 0-9/10"), "were asked for, and the answer is `bytes 0-9/10`"),
])
def test_a_fault_that_stays_is_an_error_with_the_address_and_no_rows(run, tideway, hub, fault, message):
    hub.fault("GET", "", call="every", action=fault, origin="cdn")
    result = run(IDS)
    assert result.code == 5  # it may work another time
    print(result.err)
    assert message in result.err and "hf://datasets/ns/texts@" in result.err
    assert not (tideway.folder / "out.jsonl").exists()


def test_a_file_that_is_not_what_the_listing_says_is_refused(run, tideway, hub):
    hub.fault("HEAD", "/resolve/", call="every", action=Etag('"' + "0" * 64 + '"'))
    result = run(IDS)
    assert result.code == 1
    assert "is listed with" in result.err and "a proxy or mirror between may change it" in result.err
