"""Downloads and pushes that are killed at every system call: the next run completes them.

Collected by ./dev soak only.
"""

import collections
import contextlib
import hashlib
import json
import os
import pathlib
import re

import pytest
from hub_push_test import NUMBERS, commits_of
from system_calls import kill_at, points

pytestmark = pytest.mark.usefixtures("credentials_stay_home", "plenty")

SECONDS = 60
LEAST_HIT = 500
FILES = {
    "README.md": b"# Reviews\n",
    "data/train.parquet": bytes(range(256)) * 1000,
    "data/test.parquet": bytes(reversed(range(256))) * 900,
    "data/nested/deep/words.txt": "ünï\n".encode(),
    "same.txt": "ünï\n".encode(),
    "empty": b"",
}


@pytest.fixture
def plenty(hub):
    """Quotas that so many runs do not use up."""
    for policy in ("api", "resolvers"):
        hub.limits.set(policy, 1_000_000)


def hashes_of(content):
    return {hashlib.sha256(content).hexdigest(), hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()}


def check_cache(cache):
    """Whatever has a final name is what the name says."""
    for blob in (cache / "blobs").glob("*"):
        if "." not in blob.name:
            assert blob.name in hashes_of(blob.read_bytes()), f"{blob} is not what its name says"
    for path in (cache / "snapshots").rglob("*"):
        assert not path.is_symlink() or path.exists(), f"{path} leads nowhere"
    for ref in (path for path in (cache / "refs").rglob("*") if path.is_file()):
        assert "tideway" in ref.name or len(ref.read_text()) == 40, f"{ref} is half written"


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_download_killed_at_every_system_call_is_completed_by_the_next(tideway, hub):
    repo = hub.add("datasets", "ns/reviews", FILES)
    command = [tideway.program, "hub", "get", "ns/reviews"]
    settings = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_read"}

    def given(name):
        env = tideway.environment({**settings, "HF_HOME": tideway.folder / name})
        return {"env": env, "cwd": tideway.folder, "timeout": SECONDS}

    all_points = points(command, tideway.folder / "calls", **given("counted"))
    hit = 0
    for index, point in enumerate(all_points):
        home = f"home-{index}"
        hit += kill_at(point, command, **given(home))
        cache = tideway.folder / home / "hub" / "datasets--ns--reviews"
        check_cache(cache)
        result = tideway("hub", "get", "ns/reviews", env={**settings, "HF_HOME": tideway.folder / home})
        assert result.code == 0, f"{point}: {result.err}"
        check_cache(cache)
        found = contents(pathlib.Path(result.out.strip()))
        assert {path: found[path] for path in FILES} == FILES, point
        assert (cache / "refs" / "main").read_text() == repo.head.oid
    print(f"\ndownload: {len(all_points)} points, {hit} hit")
    assert hit >= LEAST_HIT


def test_a_large_download_cut_twenty_times_fetches_nothing_twice(tideway, hub):
    cuts, megabyte = 20, os.urandom(1 << 20)
    content = megabyte * 2048
    hub.add("datasets", "ns/large", {"data.bin": content})
    env = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_read", "HF_HOME": tideway.folder / "home"}
    blobs = tideway.folder / "home" / "hub" / "datasets--ns--large" / "blobs"

    def kept():
        with contextlib.suppress(FileNotFoundError):
            return max((path.stat().st_size for path in blobs.glob("*.incomplete")), default=0)
        return 0

    starts = []
    for cut in range(1, cuts + 1):
        program = tideway.start("hub", "get", "ns/large", env=env)
        while kept() < len(content) // (cuts + 1) * cut:
            assert program.poll() is None, program.stderr.read()
        program.kill()
        program.communicate()
        starts.append(kept())
    result = tideway("hub", "get", "ns/large", env=env)
    assert result.code == 0, result.err
    asked = [one.headers.get("range", "bytes=0-") for one in hub.requests.of("GET", origin="cdn")]
    assert asked == ["bytes=0-"] + [f"bytes={start}-" for start in starts]
    found = pathlib.Path(result.out.strip()) / "data.bin"
    assert found.stat().st_size == len(content) and hashlib.sha256(found.read_bytes()).digest() == hashlib.sha256(
        content).digest()


def test_a_large_upload_cut_twenty_times_sends_no_part_that_arrived_twice(tideway, hub):
    cuts, at_once = 20, 5
    size = 2 << 30
    megabyte = os.urandom(1 << 20)
    with open(tideway.folder / "data.bin", "wb") as file:
        for number in range(size >> 20):
            file.write(number.to_bytes(8, "big") + megabyte[8:])
    hub.add("datasets", "ns/large")
    home = tideway.folder / "home"
    env = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_write", "HF_HOME": home}
    parts = -(-size // hub.settings.chunk_size)

    def arrived():
        notes = [path.read_text().splitlines()[1:] for path in (home / "tideway" / "uploads").glob("*")]
        return {json.loads(line)["part"] + 1 for line in sum(notes, []) if line.endswith("}")}

    known = set()
    for cut in range(1, cuts + 1):
        hub.requests.clear()
        program = tideway.start("hub", "put", "ns/large", "data.bin", env=env)
        while len(arrived()) < parts * cut // (cuts + 1):
            assert program.poll() is None, program.stderr.read()
        program.kill()
        program.communicate()
        sent = parts_of(hub)
        assert not known & set(sent)
        known = arrived()
        assert len(sent) <= len(known) + at_once
    hub.requests.clear()
    result = tideway("hub", "put", "ns/large", "data.bin", env=env)
    assert result.code == 0, result.err
    assert set(parts_of(hub)) | known == set(range(1, parts + 1)) and not set(parts_of(hub)) & known
    assert hub.repo("datasets", "ns/large").files()["data.bin"] == size


def parts_of(hub):
    return [int(re.search(r"partNumber=(\d+)", one.query)[1]) for one in hub.requests.of("PUT")]


def test_a_push_killed_at_every_system_call_is_completed_by_the_next(tideway, hub):
    script = tideway.folder / "numbers.lua"
    script.write_text(NUMBERS)
    settings = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_write", "HF_HOME": tideway.folder / "home"}
    given = {"env": tideway.environment(settings), "cwd": tideway.folder, "timeout": SECONDS}

    def command(name):
        params = (f"dataset=ns/{name}", "splits=3", "tag=v1")
        return [tideway.program, "run", script, "-q", "--fresh", *(word for one in params for word in ("-p", one))]

    all_points = points(command("counted"), tideway.folder / "calls", **given)
    wanted = data_of(hub, "ns/counted")
    hit = 0
    for index, point in enumerate(all_points):
        name = f"killed-{index}"
        hub.requests.clear()
        hit += kill_at(point, command(name), **given)
        result = tideway(*command(name)[1:], env=settings)
        assert result.code == 0, f"{point}: {result.err}"
        assert commits_of(hub, f"ns/{name}") == ["Upload dataset", "initial commit"], point
        assert data_of(hub, f"ns/{name}") == wanted, point
        repo = hub.repo("datasets", f"ns/{name}")
        assert repo.refs["refs/tags/v1"] == repo.head.oid, point
        sent = collections.Counter(one.path.rpartition("/")[2] for one in hub.requests.of("PUT") if one.status == 200)
        assert max(sent.values()) == 1, f"{point}: an object was sent twice"
    print(f"\npush: {len(all_points)} points, {hit} hit")
    assert hit >= LEAST_HIT


def data_of(hub, name):
    files = hub.repo("datasets", name).files()
    return {path: entry for path, entry in files.items() if path.startswith("data/")}
