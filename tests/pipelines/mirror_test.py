"""Mirrors of datasets: shared work, resumption, verification, repair, room; Python's client is the judge."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest
from conftest import ROOT, wait_until
from fakes.hub import Reset, Stall, Status

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

SCRIPT = ROOT / "scripts" / "hub_mirror.lua"
LARGE = bytes(range(256)) * 16_000  # 4 MB
FILES = {
    "README.md": b"# Code\n",
    "data/train-00000-of-00002.parquet": LARGE,
    "data/train-00001-of-00002.parquet": LARGE[::-1],
    "data/copy.parquet": LARGE,
    "data/nested/a b.txt": "ünï\n".encode(),
    "empty": b"",
}
PLENTY = "-p", "reserve=0"
USAGE, FAILED = 2, 1

OWN = """
local tw = require "tideway"
return tw.pipeline {
  name = "own",
  params = { root = "mirror", portion = "1MB", lease_s = 60, reserve = 0, at_once = 4, room_wait_s = 3600, world = 1,
             rank = 0, verify = true, force = false },
  run = function(job)
    local p = job.params
    return tw.mirror.run { root = p.root, allow = { "bigcode/" }, datasets = { "bigcode/code" }, portion = p.portion,
      lease_s = p.lease_s, reserve = p.reserve, at_once = p.at_once, room_wait_s = p.room_wait_s, world = p.world,
      rank = p.rank, verify = p.verify, force = p.force }
  end,
}
"""


@pytest.fixture
def repo(hub):
    return hub.add("datasets", "bigcode/code", FILES)


@pytest.fixture
def environment(hub, tideway):
    return {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read"}


@pytest.fixture
def mirror(tideway, environment):
    """Mirrors bigcode/code into `mirror` by the script that comes with Tideway."""
    def mirror(*arguments, code=0, dataset="bigcode/code", **env):
        result = tideway("mirror", SCRIPT, "--root", "mirror", "--dataset", dataset, *PLENTY, *arguments,
                         env={**environment, **env})
        assert result.code == code, f"{result.code}: {result.out}{result.err}"
        return result.err

    return mirror


@pytest.fixture
def own(tideway, environment):
    """The arguments of a run by a script that sets portions and leases too."""
    (tideway.folder / "own.lua").write_text(OWN)

    def own(*parameters):
        return ["run", "own.lua", *(part for one in parameters for part in ("-p", one))]

    return own


@pytest.fixture
def place(tideway):
    return tideway.folder / "mirror" / "bigcode" / "code"


def contents(place):
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*")
            if path.is_file() and ".cache" not in path.parts and path.name != ".gitattributes"}


def has_received(place, least):
    """Whether so many bytes of a file are there that is not whole yet; some get their names meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        return any(path.stat().st_size >= least for path in place.rglob("*.incomplete"))
    return False


def status(place):
    return json.loads((place.parents[1] / "_status.json").read_text())["datasets"]["bigcode/code"]


def test_all_files_of_a_commit_are_there_and_python_takes_them_as_its_own(mirror, hub, repo, place, client):
    log = mirror()
    assert contents(place) == FILES
    assert status(place)["state"] == "verified" and status(place)["commit"] == repo.head.oid
    for line in ("COMPLETED bigcode/code: ", "VERIFIED bigcode/code: ", "SUCCESS: 1 datasets"):
        assert line in log
    before = len(hub.requests.of("GET", "/resolve/"))

    def fetch(folder):
        from huggingface_hub import snapshot_download

        return snapshot_download("bigcode/code", repo_type="dataset", local_dir=folder)

    client(fetch, str(place))
    assert len(hub.requests.of("GET", "/resolve/")) == before


def test_a_second_run_fetches_nothing(mirror, hub, repo, place):
    mirror()
    before = len(hub.requests.of("GET", "/resolve/"))
    mirror()
    assert len(hub.requests.of("GET", "/resolve/")) == before
    assert contents(place) == FILES


@pytest.mark.parametrize("name", ["other/code", "bigcode", "bigcodes/code", "BigCode/code", "bigcode/../other"])
def test_what_is_not_on_the_list_is_refused_before_anything_is_asked(mirror, hub, repo, tideway, name):
    mirror(dataset=name, code=USAGE)
    assert not hub.requests.of("GET") and not (tideway.folder / "mirror").exists()


def test_flags_that_leave_nothing_to_do_are_refused(mirror, repo, hub):
    assert "nothing would be done" in mirror("--download-only", "--verify", code=USAGE)
    assert not hub.requests.of("GET")


def test_plain_http_is_refused_but_on_this_machine(mirror, repo):
    assert "not over https" in mirror(code=USAGE, HF_ENDPOINT="http://hub.example.org")


def test_one_flipped_byte_one_missing_and_one_added_file_are_repaired_alone(mirror, hub, repo, place, tideway):
    mirror()
    flipped, missing = place / "data/train-00000-of-00002.parquet", place / "README.md"
    content, times = bytearray(flipped.read_bytes()), flipped.stat()
    content[1_000_000] ^= 1
    flipped.write_bytes(content)
    os.utime(flipped, ns=(times.st_atime_ns, times.st_mtime_ns))  # as a disk that fails does it
    missing.unlink()
    (place / "data/added.txt").write_text("added")

    log = mirror("--verify", code=FAILED)
    wrong = sorted(line.split("WRONG bigcode/code: ")[1] for line in log.splitlines() if "WRONG" in line)
    assert wrong == ["README.md: missing", "data/added.txt: no file of the commit",
                     "data/train-00000-of-00002.parquet: other bytes than the hash says"]
    assert "--repair" in log or "`repair`" in log
    assert status(place)["state"] == "wrong"

    before = len(hub.requests.of("GET", "/resolve/"))
    assert "REPAIRED bigcode/code: 2 files fetched, 1 put aside" in mirror("--verify", "--repair")
    asked = [one.path.rsplit("/", 1)[1] for one in hub.requests.of("GET", "/resolve/")[before:]]
    assert sorted(asked) == ["README.md", "train-00000-of-00002.parquet"]
    assert contents(place) == FILES and status(place)["state"] == "verified"
    assert (tideway.folder / "mirror/_extra/bigcode/code/data/added.txt").read_text() == "added"


def test_without_verification_a_flipped_byte_goes_unseen_until_force(mirror, hub, repo, place):
    mirror("--download-only")
    assert status(place)["state"] == "downloaded"
    flipped = place / "data/train-00000-of-00002.parquet"
    times = flipped.stat()
    flipped.write_bytes(LARGE[:-1] + b"x")
    os.utime(flipped, ns=(times.st_atime_ns, times.st_mtime_ns))
    mirror("--download-only")
    assert contents(place) != FILES
    before = len(hub.requests.of("GET", "/resolve/"))
    mirror("--download-only", "--force")
    assert contents(place) == FILES
    assert len(hub.requests.of("GET", "/resolve/")) == before + 1


def test_cleanup_leaves_the_files_of_the_commit_and_nothing_else(mirror, repo, place, tideway):
    mirror()
    (place / "added.txt").write_text("added")
    dead = place / ".cache/huggingface/tideway/00000000-1-1.00000-of-00001"
    dead.mkdir(parents=True)
    (dead / "x.1.00000000-1-1.tideway.incomplete").write_text("x")
    mirror("--download-only", "--cleanup")
    assert contents(place) == FILES
    assert not dead.exists() and not (tideway.folder / "mirror/_extra").exists()
    assert [path.name for path in (tideway.folder / "mirror/_locks").iterdir()] == ["_status"]


def test_a_newer_commit_follows_when_the_first_is_whole(mirror, repo, place):
    mirror()
    newer = repo.commit({"data/later.txt": b"later"}, "Later")
    mirror()
    assert contents(place) == {**FILES, "data/later.txt": b"later"}
    assert status(place)["commit"] == repo.head.oid and newer


def test_a_commit_that_was_begun_is_finished_before_a_newer(tideway, environment, own, hub, repo, place):
    hub.fault("GET", "/resolve/", call="every", action=Status(404, {}, {"error": "gone"}))
    assert tideway(*own(), env=environment).code != 0
    first = repo.head.oid
    hub.faults.clear()
    repo.commit({"data/later.txt": b"later"}, "Later")
    assert tideway(*own(), env=environment).code == 0
    assert status(place)["commit"] == first and contents(place) == FILES


def test_one_dataset_that_fails_keeps_no_other_from_being_mirrored(tideway, environment, hub, repo, place):
    hub.add("datasets", "bigcode/closed", {"a.txt": b"a"}, gated="manual")
    result = tideway("mirror", SCRIPT, "--root", "mirror", "--dataset", "bigcode/closed", "--dataset", "bigcode/code",
                     *PLENTY, env=environment)
    assert result.code != 0
    assert "ERROR bigcode/closed: " in result.err and "COMPLETED bigcode/code: " in result.err
    assert "SUCCESS" not in result.err and contents(place) == FILES


def test_a_disk_without_room_is_told_before_anything_is_fetched(mirror, hub, repo, tideway, environment):
    result = tideway("mirror", SCRIPT, "--root", "mirror", "--dataset", "bigcode/code", "-p", "reserve=1000TB",
                     env=environment)
    assert result.code == FAILED
    assert "no room for bigcode/code: need " in result.err and "reserve 909.5 TiB" in result.err
    assert not hub.requests.of("GET", "/resolve/")


def test_a_broken_status_file_is_put_aside_and_made_anew(mirror, repo, place):
    mirror()
    file = place.parents[1] / "_status.json"
    text = file.read_text()
    file.write_text(text.replace("verified", "verifies"))
    assert "is not whole" in mirror()
    assert status(place)["state"] == "verified"
    assert "verifies" in pathlib.Path(f"{file}.broken").read_text()


@pytest.mark.parametrize("action", [Reset("answered"), Status(500), Status(503)], ids=["reset", "500", "503"])
def test_faults_of_one_call_end_in_the_right_bytes(mirror, hub, repo, place, action):
    fault = hub.fault("GET", "/resolve/", action=action)
    mirror()
    assert fault.hit.is_set() and contents(place) == FILES


def test_processes_share_the_work_and_fetch_nothing_twice(tideway, environment, own, hub, place):
    files = {f"data/{index:03}.bin": bytes([index]) * 200_000 for index in range(60)}
    hub.add("datasets", "bigcode/code", files)
    processes = [tideway.start(*own("world=4", f"rank={rank}"), env=environment) for rank in range(4)]
    logs = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, logs
    assert contents(place) == files
    asked = [one.path for one in hub.requests.of("GET", "/resolve/")]
    assert len(asked) <= 1.1 * len(files), len(asked)


def test_sigterm_ends_it_within_five_seconds_and_the_next_run_goes_on(tideway, environment, own, hub, repo, place):
    stall = Stall(after=2_000_000)
    fault = hub.fault("GET", origin="cdn", action=stall)
    process = tideway.start(*own("at_once=1"), env=environment)
    wait_until(fault.hit.is_set)
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert time.monotonic() - begun < 5
    stall.release()
    locks = [path for path in (place.parents[1] / "_locks").rglob("*") if path.is_file()]
    assert all('"free"' in path.read_text() for path in locks)
    assert tideway(*own("at_once=1"), env=environment).code == 0
    assert contents(place) == FILES


def test_a_killed_process_s_bytes_are_gone_on_with(tideway, environment, own, hub, repo, place):
    stall = Stall(after=3_000_000)
    fault = hub.fault("GET", origin="cdn", action=stall)
    process = tideway.start(*own("at_once=1"), env=environment)
    wait_until(fault.hit.is_set)
    wait_until(lambda: has_received(place, 1_000_000))
    process.kill()
    process.communicate()
    stall.release()
    result = tideway(*own("at_once=1"), env=environment)
    assert result.code == 0, result.err
    assert "which is gone: goes on with it" in result.err
    assert contents(place) == FILES
    ranges = [one.headers.get("range") for one in hub.requests.of("GET", origin="cdn")]
    assert any(one and not one.startswith("bytes=0-") for one in ranges)


@pytest.fixture
def small_disk(tideway):
    """A disk of 16 MB at `mirror`."""
    folder = tideway.folder / "mirror"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_fills_pauses_the_run_until_there_is_room(tideway, environment, own, hub, repo, place, small_disk):
    (small_disk / "others").write_bytes(b"x" * 10_000_000)
    stall = Stall(after=1_000_000)
    hub.fault("GET", origin="cdn", action=stall)
    (small_disk / "others").write_bytes(b"x" * 1_000_000)
    process = tideway.start(*own("at_once=1"), env=environment)
    lines = []

    def reads(words):
        while words not in (lines[-1] if lines else ""):
            line = process.stderr.readline()
            assert line, lines
            lines.append(line)

    wait_until(lambda: has_received(place, 1))
    (small_disk / "more").write_bytes(b"x" * 13_000_000)
    stall.release()
    reads("PAUSED: ")
    (small_disk / "more").unlink()
    reads("RESUMED: ")
    assert process.communicate(timeout=120) and process.returncode == 0
    assert contents(place) == FILES


def test_the_check_plans_and_touches_nothing(tideway, environment, hub, repo):
    result = tideway("check", SCRIPT, "-p", "root=mirror", "-p", "collections=oscar", env=environment)
    assert result.code == 0, result.err
    assert "mirror 3 datasets into mirror" in result.out
    assert not hub.requests.of("GET") and not (tideway.folder / "mirror").exists()
