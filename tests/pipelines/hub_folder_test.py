"""What the cache notes, locks and does without an answer, and folders of files: Python's client is the judge."""

import contextlib
import fcntl
import json
import os
import socket
import subprocess
import time

import pytest
from conftest import wait_until
from fakes.hub import Reset, Stall, Status
from fakes.hub.faults import Headers

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

LARGE = bytes(range(256)) * 8_000
FILES = {
    "README.md": b"# Reviews\n",
    "data/train-00000-of-00001.parquet": LARGE,
    "data/copy.parquet": LARGE,
    "data/nested/deep/a b.txt": "ünï\n".encode(),
    "empty": b"",
}
PARQUET = "data/train-00000-of-00001.parquet"
ONE = "hf://datasets/ns/reviews/"


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


def cache(tideway):
    return tideway.folder / "home" / "hub" / "datasets--ns--reviews"


def plain(folder):
    """The files of a folder but for the downloads' own: path -> bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
        if path.is_file() and ".cache" not in path.parts and path.name != ".gitattributes"
    }


# what is known missing


def try_file(repo, name, revision):
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError

    with __import__("contextlib").suppress(EntryNotFoundError):
        hf_hub_download(repo, name, repo_type="dataset", revision=revision)
    return str(try_to_load_from_cache(repo, name, repo_type="dataset", revision=revision))


def test_a_file_that_is_not_there_is_noted_as_python_notes_it(run, client, tideway, repo):
    commit = repo.head.oid
    assert "no none/here.txt" in run("get", ONE + "none/here.txt", code=1)
    marks = [path for path in (cache(tideway) / ".no_exist").rglob("*") if path.is_file()]
    assert [str(path.relative_to(cache(tideway))) for path in marks] == [f".no_exist/{commit}/none/here.txt"]
    assert marks[0].read_bytes() == b""
    assert (cache(tideway) / "refs" / "main").read_text() == commit
    client(try_file, "ns/reviews", "none/here.txt", "main", home="other")
    theirs = tideway.folder / "other" / "hub" / "datasets--ns--reviews"
    assert (theirs / ".no_exist" / commit / "none" / "here.txt").exists()


def test_a_file_that_is_known_missing_makes_no_request(run, client, hub, repo, tideway):
    commit = repo.head.oid
    client(try_file, "ns/reviews", "none.txt", "main")
    hub.requests.clear()
    error = run("get", ONE + "none.txt", "--revision", commit, code=1)
    assert "no none.txt in dataset ns/reviews" in error and "the Hub said so before" in error
    error = run("get", ONE + "none.txt", code=1, HF_HUB_OFFLINE="1")
    assert "no none.txt in dataset ns/reviews" in error
    assert len(hub.requests) == 0


def test_a_file_that_came_later_is_found_although_it_was_missing(run, repo):
    run("get", ONE + "late.txt", code=1)
    repo.commit({"late.txt": b"late"})
    assert run("get", ONE + "late.txt")["path"].endswith("/late.txt")


@pytest.mark.parametrize("headers", [
    {"X-Repo-Commit": None}, {"X-Repo-Commit": "../../x"}, {"X-Repo-Commit": "g" * 40}, {"X-Error-Code": None},
    {"X-Error-Code": "RevisionNotFound"},
])
def test_what_is_not_proven_missing_is_not_noted(run, hub, tideway, repo, headers):
    hub.fault("HEAD", "/resolve/", action=Headers(headers))
    run("get", ONE + "none.txt", code=1)
    assert not (cache(tideway) / ".no_exist").exists()


# locks


def lock_of(tideway, repo, path):
    file = repo.head.files[path]
    return tideway.folder / "home" / "hub" / ".locks" / "datasets--ns--reviews" / f"{file.lfs or file.oid}.lock"


@contextlib.contextmanager
def held(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def read_until(process, words):
    seen = ""
    for line in process.stderr:
        seen += line
        if words in line:
            return seen
    raise AssertionError(seen)


def test_a_content_that_python_is_fetching_is_waited_for_and_taken(tideway, environment, hub, repo):
    path = lock_of(tideway, repo, "data/copy.parquet")
    with held(path):
        process = tideway.start("hub", "get", "ns/reviews", env=environment)
        told = read_until(process, "waiting for another program")
        assert "of ns/reviews" in told and path.name in told
        blob = cache(tideway) / "blobs" / path.stem
        assert not blob.exists()
        blob.write_bytes(LARGE)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert len(hub.requests.of("GET", "", origin="cdn")) == 0
    assert plain(cache(tideway) / "snapshots" / repo.head.oid) == FILES


def test_waiting_for_another_program_ends_with_the_first_signal(tideway, environment, repo):
    with held(lock_of(tideway, repo, PARQUET)):
        process = tideway.start("hub", "get", "ns/reviews", env=environment)
        read_until(process, "waiting for another program")
        process.terminate()
        process.communicate(timeout=4)
        assert process.returncode == 130


def test_python_waits_for_what_we_fetch(tideway, environment, client, hub, repo):
    stall = Stall("answered", after=1000)
    hub.fault("GET", "", action=stall, origin="cdn")
    process = tideway.start("hub", "get", ONE + PARQUET, env=environment)
    path = lock_of(tideway, repo, PARQUET)
    wait_until(lambda: path.exists() and list((cache(tideway) / "blobs").glob("*incomplete")))
    with open(path) as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    stall.release()
    assert process.wait(60) == 0
    with open(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_many_programs_at_once_fetch_each_content_once(tideway, environment, hub, repo):
    many = [tideway.start("hub", "get", "ns/reviews", env=environment) for _ in range(6)]
    for process in many:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert len(hub.requests.of("GET", "", origin="cdn")) == 1
    assert plain(cache(tideway) / "snapshots" / repo.head.oid) == FILES
    assert not list(cache(tideway).rglob("*incomplete*"))


def test_where_locks_lie_many_programs_leave_one_right_content_and_no_parts(tideway, environment, repo):
    source = tideway.folder / "lie.c"
    source.write_text("int flock(int fd, int operation) { (void)fd; (void)operation; return 0; }")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tideway.folder / "lie.so", source], check=True)
    lying = {**environment, "LD_PRELOAD": tideway.folder / "lie.so"}
    many = [tideway.start("hub", "get", "ns/reviews", env=lying) for _ in range(16)]
    for process in many:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert plain(cache(tideway) / "snapshots" / repo.head.oid) == FILES
    assert not list(cache(tideway).rglob("*incomplete*"))


def test_locks_that_cannot_be_made_are_done_without(tideway, run, repo):
    (tideway.folder / "home" / "hub").mkdir(parents=True)
    (tideway.folder / "home" / "hub" / ".locks").write_text("in the way")
    assert plain(cache(tideway) / "snapshots" / run("get", "ns/reviews")["commit"]) == FILES


# without an answer


def no_server():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


@pytest.mark.parametrize("target, end", [("ns/reviews", ""), (ONE + "README.md", "/README.md")])
@pytest.mark.parametrize("endpoint", [no_server(), "http://no-such-host.invalid"], ids=["server", "host"])
def test_without_a_route_the_cache_stands_in_soon(tideway, run, environment, repo, target, end, endpoint):
    path = run("get", "ns/reviews")["path"]
    begun = time.monotonic()
    result = tideway("hub", "get", target, env={**environment, "HF_ENDPOINT": endpoint})
    assert (result.code, result.out.strip()) == (0, path + end), result.err
    assert "the cache's copy is used" in result.err
    assert time.monotonic() - begun < 8


def test_what_the_cache_can_answer_is_asked_for_twice_at_most(run, hub, repo):
    run("get", "ns/reviews")
    hub.requests.clear()
    hub.fault("GET", "/api/", call="every", action=Status(503))
    hub.fault("HEAD", "/resolve/", call="every", action=Reset("asked"))
    run("get", "ns/reviews")
    run("get", ONE + "README.md")
    assert len(hub.requests.of("GET", "/api/")) == 2 and len(hub.requests.of("HEAD", "/resolve/")) == 2


# ETags that are no hashes


def answer_at_once(hub, headers, method=None):
    """As servers of third parties do: no second address, and headers of their own."""
    hub.settings.resolve_cache = False
    hub.fault(method, "/resolve/", call="every", action=Headers(headers))


@pytest.mark.parametrize("etag", ['"5f3-61c"', 'W/"a1b2.c3"', '"d41d8cd98f00b204e9800998ecf8427e-2"'])
def test_an_etag_that_is_no_hash_names_the_blob_as_pythons_does(tideway, environment, client, hub, repo, etag):
    def download():
        from huggingface_hub import hf_hub_download
        return hf_hub_download("ns/reviews", "README.md", repo_type="dataset")

    answer_at_once(hub, {"ETag": etag})
    got = tideway("hub", "get", ONE + "README.md", "-v", env=environment)
    assert got.code == 0, got.err
    assert "only the size is checked" in got.err
    blob = etag.removeprefix("W/").strip('"')
    assert (cache(tideway) / "blobs" / blob).read_bytes() == FILES["README.md"]
    client(download, home="other")
    assert (tideway.folder / "other" / "hub" / "datasets--ns--reviews" / "blobs" / blob).exists()


@pytest.mark.parametrize("etag", [
    '"../../x"', '"a/b"', '".."', '"."', '".hidden"', '""', '"a\\b"', '"x.incomplete"', '"' + "n" * 200 + '"', "/etc/x",
    '"C:x"',
])
def test_an_etag_that_is_no_name_of_a_file_is_refused(run, tideway, hub, repo, etag):
    answer_at_once(hub, {"ETag": etag})
    run("get", ONE + "README.md", code=1)
    assert not list((tideway.folder / "home").rglob("README.md"))


def test_a_body_of_another_size_is_refused_where_there_is_no_hash(run, hub, repo):
    answer_at_once(hub, {"ETag": '"e1"', "X-Linked-Size": "11"}, method="HEAD")
    run("get", ONE + "README.md", code=1)


def test_one_etag_for_two_contents_is_an_error_and_not_the_wrong_file(run, hub, repo):
    answer_at_once(hub, {"ETag": '"e1"'})
    run("get", ONE + "README.md")
    assert "two contents with the one ETag e1" in run("get", ONE + "data/nested/deep/a b.txt", code=1)


# folders


def snapshot(repo, folder):
    from huggingface_hub import snapshot_download

    return snapshot_download(repo, repo_type="dataset", local_dir=folder)


def notes(folder):
    """What the notes say but for the time."""
    own = folder / ".cache" / "huggingface" / "download"
    return {str(path.relative_to(own)): path.read_text().split("\n")[:2] for path in own.rglob("*.metadata")}


def test_a_folder_has_the_files_as_they_are_and_python_asks_for_none(run, client, tideway, hub, repo):
    folder = tideway.folder / "out"
    got = run("get", "ns/reviews", "--local-dir", folder)
    assert (got["path"], got["commit"]) == (str(folder), repo.head.oid)
    assert plain(folder) == FILES and not any(path.is_symlink() for path in folder.rglob("*"))
    assert not cache(tideway).exists()
    hub.requests.clear()
    client(snapshot, "ns/reviews", str(folder), home="other")
    assert not hub.requests.of(None, "/resolve/") and not hub.requests.of(None, "/tree/")
    client(snapshot, "ns/reviews", str(tideway.folder / "theirs"), home="other")
    assert notes(folder) == notes(tideway.folder / "theirs")
    for name in (".gitignore", "CACHEDIR.TAG", f"trees/{repo.head.oid}.json"):
        own = [(one / ".cache" / "huggingface" / name).read_text() for one in (folder, tideway.folder / "theirs")]
        assert own[0] == own[1] or json.loads(own[0]) == json.loads(own[1])


def test_a_folder_of_pythons_is_taken_as_it_is(run, client, tideway, hub, repo):
    folder = tideway.folder / "out"
    client(snapshot, "ns/reviews", str(folder), home="other")
    hub.requests.clear()
    assert run("get", "ns/reviews", "--local-dir", folder)["fetched_files"] == 0
    assert not hub.requests.of(None, "/resolve/") and not hub.requests.of(None, "/tree/")


def test_the_second_time_nothing_is_fetched_and_after_a_commit_only_what_changed(run, tideway, hub, repo):
    folder = tideway.folder / "out"
    assert run("get", "ns/reviews", "--local-dir", folder)["fetched_files"] == 5
    hub.requests.clear()
    assert run("get", "ns/reviews", "--local-dir", folder)["fetched_files"] == 0
    assert not hub.requests.of(None, "/resolve/")
    repo.commit({"README.md": b"# New\n", "empty": None})
    assert run("get", "ns/reviews", "--local-dir", folder)["fetched_files"] == 1
    assert plain(folder) == {**FILES, "README.md": b"# New\n"}
    assert {note[0] for name, note in notes(folder).items() if not name.startswith("empty")} == {repo.head.oid}


def test_a_file_without_a_note_is_adopted_by_its_hash(run, tideway, hub, repo):
    folder = tideway.folder / "out"
    run("get", "ns/reviews", "--local-dir", folder)
    for note in (folder / ".cache" / "huggingface" / "download").rglob("*.metadata"):
        note.unlink()
    hub.requests.clear()
    assert run("get", "ns/reviews", "--local-dir", folder)["fetched_files"] == 0
    assert not hub.requests.of(None, "/resolve/") and len(notes(folder)) == 6


@pytest.mark.parametrize("note", ["", "x", "\n\n\n", "a\nb\nc\n", "{commit}\n{etag}\n", "{commit}\n{etag}\nsoon\n"])
def test_a_broken_note_is_none(run, tideway, repo, note):
    folder = tideway.folder / "out"
    run("get", "ns/reviews", "--local-dir", folder)
    place = folder / ".cache" / "huggingface" / "download" / "README.md.metadata"
    place.write_text(note.format(commit=repo.head.oid, etag=repo.head.files["README.md"].oid))
    (folder / "README.md").write_bytes(b"# Other\n")
    assert run("get", "ns/reviews", "--local-dir", folder)["fetched_files"] == 1
    assert plain(folder) == FILES


@pytest.mark.parametrize("path", ["README.md", PARQUET])
def test_a_file_that_somebody_changed_is_replaced_as_python_does(run, client, tideway, repo, path):
    ours, theirs = tideway.folder / "ours", tideway.folder / "theirs"
    run("get", "ns/reviews", "--local-dir", ours)
    client(snapshot, "ns/reviews", str(theirs), home="other")
    for folder in (ours, theirs):
        (folder / path).write_bytes(b"mine")
        (folder / "mine.txt").write_bytes(b"mine")
        later = time.time() + 60
        os.utime(folder / path, (later, later))
    run("get", "ns/reviews", "--local-dir", ours)
    client(snapshot, "ns/reviews", str(theirs), home="other")
    assert plain(ours) == plain(theirs) == {**FILES, "mine.txt": b"mine"}


def test_what_the_cache_has_is_copied_and_not_fetched(run, tideway, hub, repo):
    run("get", "ns/reviews")
    hub.requests.clear()
    assert run("get", "ns/reviews", "--local-dir", tideway.folder / "out")["fetched_files"] == 0
    assert not hub.requests.of(None, "/resolve/")
    assert plain(tideway.folder / "out") == FILES


def test_a_content_on_the_shelf_that_is_cut_is_fetched_again(run, tideway, repo):
    shelf = tideway.folder / "out" / ".cache" / "huggingface" / "tideway"
    shelf.mkdir(parents=True)
    for name in (repo.head.files[PARQUET].lfs, repo.head.files["README.md"].oid):
        (shelf / name).write_bytes(b"cut")
    run("get", "ns/reviews", "--local-dir", tideway.folder / "out")
    assert plain(tideway.folder / "out") == FILES and not list(shelf.iterdir())


def test_a_killed_fetch_into_a_folder_goes_on_where_it_stopped(run, tideway, environment, hub, repo):
    folder = tideway.folder / "out"
    stall = Stall("answered", after=1_500_000)
    hub.fault("GET", "", action=stall, origin="cdn")
    process = tideway.start("hub", "get", "ns/reviews", "--local-dir", folder, env=environment)

    def came():
        with contextlib.suppress(FileNotFoundError):
            return max((path.stat().st_size for path in folder.rglob("*.incomplete")), default=0)
        return 0

    wait_until(lambda: came() >= 1_400_000)
    process.kill()
    process.communicate()
    stall.release()
    assert not (folder / PARQUET).exists()
    hub.requests.clear()
    run("get", "ns/reviews", "--local-dir", folder)
    ranges = [one.headers.get("range") for one in hub.requests.of("GET", "", origin="cdn")]
    assert len(ranges) == 1 and int(ranges[0].removeprefix("bytes=").rstrip("-")) >= 1_400_000
    assert plain(folder) == FILES and not list(folder.rglob("*.incomplete"))


def test_a_folder_is_given_offline_when_it_has_all(run, tideway, hub, repo):
    folder = tideway.folder / "out"
    error = run("get", "ns/reviews", "--local-dir", folder, HF_HUB_OFFLINE="1", code=1)
    assert f"not all of ns/reviews is in {folder}" in error
    run("get", "ns/reviews", "--local-dir", folder)
    hub.requests.clear()
    assert run("get", "ns/reviews", "--local-dir", folder, HF_HUB_OFFLINE="1")["commit"] == repo.head.oid
    assert run("get", "ns/reviews", "--local-dir", folder, HF_ENDPOINT=no_server())["commit"] == repo.head.oid
    (folder / "README.md").unlink()
    assert "not all" in run("get", "ns/reviews", "--local-dir", folder, HF_HUB_OFFLINE="1", code=1)
    assert len(hub.requests) == 0


def test_offline_a_folder_is_not_given_for_another_version(run, tideway, repo):
    folder = tideway.folder / "out"
    first = repo.head.oid
    repo.refs["refs/tags/v1"] = first
    run("get", "ns/reviews", "--revision", "v1")
    repo.commit({"README.md": b"# Later\n"})
    run("get", "ns/reviews", "--local-dir", folder)
    error = run("get", "ns/reviews", "--revision", "v1", "--local-dir", folder, HF_HUB_OFFLINE="1", code=1)
    assert f"not all of ns/reviews is in {folder}" in error


def test_a_folder_where_a_file_belongs_is_told_and_left(run, tideway, repo):
    folder = tideway.folder / "out"
    (folder / "README.md").mkdir(parents=True)
    assert "a folder stands where a file belongs" in run("get", "ns/reviews", "--local-dir", folder, code=1)
    assert (folder / "README.md").is_dir()


def test_one_file_of_a_repository_goes_to_its_place_in_the_folder(run, tideway, repo):
    folder = tideway.folder / "out"
    run("get", ONE + "data/nested/deep/a b.txt", "--local-dir", folder)
    assert list(plain(folder)) == ["data/nested/deep/a b.txt"]
    assert "no none.txt in dataset ns/reviews" in run("get", ONE + "none.txt", "--local-dir", folder, code=1)


def test_a_dry_run_tells_what_would_be_fetched_and_writes_nothing(run, tideway, hub, repo):
    for place in ([], ["--local-dir", tideway.folder / "out"]):
        got = run("get", "ns/reviews", "--dry-run", *place)
        assert (got["dry_run"], got["files"], got["fetched_files"]) == (True, 6, 5)
        assert got["fetched_bytes"] == len(LARGE) + sum(
            repo.head.files[path].size for path in (".gitattributes", "README.md", "data/nested/deep/a b.txt", "empty"))
    assert not (tideway.folder / "home").exists() and not (tideway.folder / "out").exists()
    assert not hub.requests.of(None, "/resolve/")
