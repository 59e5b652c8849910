"""The cache under trouble: no right to write, hostile names, halves of snapshots, contents that others share."""

import hashlib
import json
import os
import pathlib
import signal
import subprocess
import unicodedata

import pytest
from conftest import wait_until
from fakes.hub import Stall, Status

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

LARGE = bytes(range(256)) * 4_000
FILES = {"README.md": b"# Reviews\n", "data/train.parquet": LARGE, "data/words.txt": b"words\n"}
ONE = "hf://datasets/ns/reviews/README.md"


@pytest.fixture
def repo(hub):
    return hub.add("datasets", "ns/reviews", FILES)


@pytest.fixture
def environment(hub, tideway):
    return {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read"}


@pytest.fixture
def run(tideway, environment):
    def run(*arguments, code=0, **env):
        result = tideway("hub", *arguments, "--json", env={**environment, **env})
        assert result.code == code, result.out + result.err
        return json.loads(result.out) if code == 0 else result.err

    return run


@pytest.fixture
def root(tideway):
    return tideway.folder / "home" / "hub"


@pytest.fixture
def cache(root):
    return root / "datasets--ns--reviews"


@pytest.fixture
def run_read_only(tideway, environment, root):
    """As `run`, with the cache mounted so that root, too, cannot write to it."""

    def run(*arguments, code=0, **env):
        unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
        script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
        command = [*unshare, "sh", "-c", script, root, tideway.program, "hub", *arguments, "--json"]
        result = subprocess.run(command, env=tideway.environment({**environment, **env}), cwd=tideway.folder,
                                capture_output=True, text=True, timeout=120)
        assert result.returncode == code, result.stdout + result.stderr
        return json.loads(result.stdout) if code == 0 else result.stderr

    return run


def test_a_cache_that_cannot_be_written_gives_what_it_has(run, run_read_only, repo):
    path = run("get", "ns/reviews")["path"]
    repo.refs["refs/tags/v1"] = repo.head.oid
    for revision in ("main", "v1", repo.head.oid):
        assert run_read_only("get", "ns/reviews", "--revision", revision)["path"] == path
    assert run_read_only("get", ONE)["path"] == path + "/README.md"
    assert run_read_only("get", ONE.replace("/README", "@v1/README"))["path"] == path + "/README.md"
    assert run_read_only("get", "ns/reviews", HF_HUB_OFFLINE="1")["path"] == path
    assert "no none.txt in dataset ns/reviews" in run_read_only("get", ONE.replace("README.md", "none.txt"), code=1)
    assert run_read_only("verify", "ns/reviews")["wrong"] == []


def test_what_a_cache_that_cannot_be_written_lacks_is_an_error_that_names_it(run, run_read_only, repo, root):
    run("get", "ns/reviews")
    repo.commit({"README.md": b"# Newer\n"})
    for target in ("ns/reviews", ONE):
        error = run_read_only("get", target, code=1)
        assert "read-only file system" in error and str(root) in error


@pytest.mark.parametrize("revision", ["refs/pr/1", "feature/one"])
def test_a_revision_with_slashes_is_found_offline_by_python_and_pythons_by_us(run, client, hub, repo, tideway,
                                                                             revision):
    def download(revision):
        from huggingface_hub import snapshot_download
        return snapshot_download("ns/reviews", repo_type="dataset", revision=revision)

    ref = revision if revision.startswith("refs") else f"refs/heads/{revision}"
    repo.add_commit(ref, {"new.txt": repo.store("new.txt", b"new")}, "a change", parents=(repo.head.oid,))
    ours = run("get", "ns/reviews", "--revision", revision)["path"]
    theirs = client(download, revision, home="other")
    hub.requests.clear()
    assert client(download, revision, HF_HUB_OFFLINE="1") == ours
    offline = {"HF_HOME": tideway.folder / "other", "HF_HUB_OFFLINE": "1"}
    assert run("get", "ns/reviews", "--revision", revision, **offline)["path"] == theirs
    assert len(hub.requests) == 0


def test_a_half_snapshot_is_not_given_offline_and_is_completed_by_the_next(run, tideway, environment, hub, repo,
                                                                          cache):
    run("get", "ns/reviews", "--include", "README.md")
    hub.fault("GET", "", action=(stall := Stall("answered", after=500_000)), origin="cdn")
    process = tideway.start("hub", "get", "ns/reviews", env=environment)
    wait_until(lambda: any(path.stat().st_size > 400_000 for path in (cache / "blobs").glob("*incomplete")))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    stall.release()
    hub.requests.clear()
    for revision in ("main", repo.head.oid):
        error = run("get", "ns/reviews", "--revision", revision, code=1, HF_HUB_OFFLINE="1")
        assert "offline, and not all of ns/reviews is in the cache" in error
    assert len(hub.requests) == 0
    path = pathlib.Path(run("get", "ns/reviews", "--revision", repo.head.oid)["path"])
    assert {name: (path / name).read_bytes() for name in FILES} == FILES


# a store that several repositories share


@pytest.fixture
def shared(run, repo, root, cache):
    """Makes the large content one of the shared store, with these bytes there."""

    def share(content):
        run("get", "ns/reviews")
        name = hashlib.sha256(LARGE).hexdigest()
        place = root / "blobs" / "ab" / ("ab" * 32)
        place.parent.mkdir(parents=True)
        (root / "blobs" / ".huggingface-shared-blobs").write_text("1\n")
        blob = cache / "blobs" / name
        blob.unlink()
        if content is not None:
            place.write_bytes(content)
        blob.symlink_to("../../blobs/ab/" + place.name)
        for link in (cache / "snapshots").rglob("*.parquet"):
            link.unlink()
        return place

    return share


@pytest.mark.parametrize("content", [LARGE, LARGE[:-1], b"", b"x" + LARGE[1:], None],
                         ids=["whole", "short", "empty", "wrong", "dangling"])
def test_a_shared_content_is_never_written_to_or_removed(run, hub, shared, root, content):
    place, wrong = shared(content), content == b"x" + LARGE[1:]
    hub.requests.clear()
    got = run("get", "ns/reviews")
    assert got["fetched_files"] == (0 if content == LARGE or wrong else 1)
    run("cache", "verify", code=1 if wrong else 0)
    run("cache", "verify", "--remove")
    run("cache", "clean")
    path = pathlib.Path(run("get", "ns/reviews")["path"])
    assert (path / "data/train.parquet").read_bytes() == LARGE
    run("cache", "clean", "--repo", "ns/reviews")
    assert (place.read_bytes() if place.exists() else None) == content
    assert (root / "blobs" / ".huggingface-shared-blobs").read_text() == "1\n"


# listings


def test_a_listing_of_many_pages_is_complete(run, hub):
    files = {f"data/{number:04}.txt": b"%d" % (number % 7) for number in range(2499)}
    hub.add("datasets", "ns/many", files)
    listed = run("ls", "ns/many")["files"]
    assert [file["path"] for file in listed] == sorted([".gitattributes", *files])
    assert [one.query.count("cursor=") for one in hub.requests.of("GET", "/tree/")] == [0, 1, 1]
    got = run("get", "ns/many")
    path = pathlib.Path(got["path"])
    assert {name: (path / name).read_bytes() for name in files} == files and got["files"] == 2500


HOSTILE = [
    "../../x", "..", ".", "a/..", "a/../../../../x", "/abs", "//host/share/x", "C:\\x", "c:/x", "\\\\host\\x", "a\\b",
    "a//b", "a/./b", "x/", "new\nline", "zero\0byte", "bell\x07", "escape\x1b[2J", "del\x7f", ".cache/huggingface/x",
    "n" * 256, "a/" * 1500 + "b", "../../blobs/x", "../../refs/main", "../../victim", "../" * 5 + "victim",
    "../" * 12 + "etc/hostname",
]


@pytest.mark.parametrize("where", ["cache", "folder"])
def test_a_hostile_name_in_a_listing_is_refused_with_a_reason_and_nothing_is_written_outside(
        run, hub, repo, tideway, root, where):
    target = tideway.folder / "target" / "deep"
    target.mkdir(parents=True)
    (tideway.folder / "victim").write_bytes(FILES["README.md"])
    words = ["--local-dir", target] if where == "folder" else []

    def outside():
        roots = (root, target, tideway.folder / "hub")  # the last is the server's
        return {path: path.stat().st_mtime_ns for path in tideway.folder.rglob("*")
                if path.is_file() and not any(path.is_relative_to(one) for one in roots)}

    before = outside()
    for name in HOSTILE:
        repo.commit({"README.md": name.encode()})
        entry = {"type": "file", "path": name, "size": 10, "oid": repo.head.files["README.md"].oid}
        hub.faults.clear()
        if "victim" in name:
            run("get", ONE)  # makes the folder of the snapshot, from which the name leads on
        hub.fault("GET", "/tree/", call="every", action=Status(200, body=[entry]))
        error = run("get", "ns/reviews", *words, code=1)
        assert "hub: the name of a file is refused: `" in error and "`: " in error, name
        assert all(c.isprintable() or c == "\n" for c in error), name
        assert outside() == before, name
    assert "offline" in run("get", "ns/reviews", *words, code=1, HF_HUB_OFFLINE="1")


@pytest.mark.parametrize("words", [[], ["--local-dir", "target"]], ids=["cache", "folder"])
def test_names_that_differ_by_case_or_normal_form_keep_their_own_bytes(run, hub, tideway, words):
    word = "Überraschung"
    names = ["A.txt", "a.txt", "Data/x", "data/x", *(unicodedata.normalize(form, word) for form in ("NFC", "NFD")),
             "ﬁ", "fi"]
    files = {name: name.encode() for name in names}
    hub.add("datasets", "ns/twins", files)
    path = tideway.folder / run("get", "ns/twins", *words)["path"]
    assert {name: (path / name).read_bytes() for name in names} == files


@pytest.mark.parametrize("words", [[], ["--local-dir", "target"]], ids=["cache", "folder"])
@pytest.mark.parametrize("twin", ["README.md", "README.md/x"])
def test_a_name_that_is_listed_twice_is_refused(run, hub, repo, root, words, twin):
    files = repo.head.files
    entries = [{"type": "file", "path": path, "size": files[of].size, "oid": files[of].oid}
               for path, of in (("README.md", "README.md"), (twin, "data/words.txt"))]
    hub.fault("GET", "/tree/", call="every", action=Status(200, body=entries))
    error = run("get", "ns/reviews", *words, code=1)
    assert "README.md" in error and not list(root.rglob("*/refs/main"))
