"""Reading from the Hub: a fake that Python's own libraries take for real, and they as the judges of our cache."""

import contextlib
import hashlib
import json
import os
import pathlib
import signal

import pytest
from conftest import wait_until
from fakes.hub import ContentRange, Expired, Gzip, Headers, Reset, Short, Stall, Status, Whole, Wrong

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

LARGE = bytes(range(256)) * 20_000
FILES = {
    "README.md": b"# Reviews\n",
    "data/train-00000-of-00001.parquet": LARGE,
    "data/nested/deep/a b.txt": "ünï\n".encode(),
    "empty": b"",
}


@pytest.fixture
def repo(hub):
    return hub.add("datasets", "ns/reviews", FILES)


@pytest.fixture
def run(tideway, hub):
    """`tideway hub ...` with the cache in home/hub, as JSON, or its error; `code` is its exit code."""

    def run(*arguments, code=0, token="hf_read", **env):
        env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": token, **env}
        result = tideway("hub", *arguments, "--json", env={name: value for name, value in env.items() if value})
        assert result.code == code, result.out + result.err
        return json.loads(result.out) if code == 0 else result.err

    return run


def contents(folder):
    """All below a snapshot: path -> bytes."""
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def cache(tideway):
    return tideway.folder / "home" / "hub" / "datasets--ns--reviews"


def leftovers(tideway):
    return [path.name for path in cache(tideway).rglob("*incomplete*")]


def largest_leftover(tideway):
    with contextlib.suppress(FileNotFoundError):
        return max((path.stat().st_size for path in (cache(tideway) / "blobs").glob("*incomplete")), default=0)
    return 0


def test_whoami_info_and_ls_tell_what_the_hub_does(run, repo):
    assert run("whoami")["name"] == "ns"
    info = run("info", "ns/reviews")
    assert (info["commit"], info["private"], info["branches"]) == (repo.head.oid, False, ["main"])
    listed = {file["path"]: file for file in run("ls", "ns/reviews")["files"]}
    assert {path: file["bytes"] for path, file in listed.items() if path != ".gitattributes"} == {
        path: len(body) for path, body in FILES.items()
    }
    assert listed["data/train-00000-of-00001.parquet"]["sha256"] == hashlib.sha256(LARGE).hexdigest()


def test_a_snapshot_has_every_file_and_a_second_one_asks_for_none(run, hub, repo):
    got = run("get", "ns/reviews")
    files = contents(got["path"])
    files.pop(".gitattributes")
    assert files == FILES
    assert got["commit"] == repo.head.oid
    hub.requests.clear()
    again = run("get", "ns/reviews")
    assert (again["fetched_files"], again["path"]) == (0, got["path"])
    assert not hub.requests.of("GET", "/resolve/")


def test_a_known_commit_and_offline_mode_open_no_connection(run, hub, repo):
    got = run("get", "ns/reviews")
    hub.requests.clear()
    assert run("get", "ns/reviews", "--revision", got["commit"])["path"] == got["path"]
    assert run("get", "ns/reviews", HF_HUB_OFFLINE="1")["path"] == got["path"]
    assert run("get", "hf://datasets/ns/reviews/README.md", HF_HUB_OFFLINE="1")["path"].endswith("/README.md")
    one = f"hf://datasets/ns/reviews@{got['commit']}/README.md"
    assert run("get", one)["path"] == got["path"] + "/README.md"
    assert len(hub.requests) == 0
    error = run("get", "hf://datasets/ns/reviews/other", HF_HUB_OFFLINE="1", code=1)
    assert "offline, and not all of other of ns/reviews is in the cache" in error


def test_python_finds_our_cache_offline_and_we_find_pythons(run, client, hub, repo, tmp_path):
    def download():
        from huggingface_hub import snapshot_download
        return snapshot_download("ns/reviews", repo_type="dataset")

    ours = run("get", "ns/reviews")["path"]
    assert client(download, HF_HUB_OFFLINE="1") == ours
    theirs = client(download, home="other")
    assert contents(theirs) == contents(ours)
    hub.requests.clear()
    got = run("get", "ns/reviews", HF_HOME=tmp_path / "other", HF_HUB_OFFLINE="1")
    assert got["path"] == theirs
    assert len(hub.requests) == 0


def test_our_cache_is_laid_out_as_pythons_byte_for_byte(run, client, tideway, repo):
    def download():
        from huggingface_hub import hf_hub_download, snapshot_download
        return snapshot_download("ns/reviews", repo_type="dataset")

    def layout(root):
        told = {}
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            if name.split("/")[0] in ("trees", ".locks"):
                continue
            told[name] = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else "folder"
        return told

    run("get", "ns/reviews")
    client(download, home="other")
    theirs = layout(tideway.folder / "other" / "hub" / "datasets--ns--reviews")
    ours = layout(cache(tideway))
    assert ours == theirs


@pytest.mark.parametrize("fault", [
    Short(70_000), Reset("asked"), Reset("received"), Status(503), Status(429, {"Retry-After": "0"}), Wrong(),
    Expired(), Gzip(), Status(500), Reset("answered"),
], ids=lambda fault: type(fault).__name__ + str(getattr(fault, "code", getattr(fault, "when", ""))))
def test_one_fault_at_a_large_file_still_gives_the_right_bytes(run, tideway, hub, repo, fault):
    hub.fault("GET", "", action=fault, origin="cdn")
    got = run("get", "ns/reviews")
    files = contents(got["path"])
    files.pop(".gitattributes")
    assert files == FILES
    assert leftovers(tideway) == []


@pytest.mark.parametrize(
    "fault", [Whole(), ContentRange("bytes 5-9/10"), Status(416), Wrong()], ids=lambda fault: type(fault).__name__
)
def test_a_lie_about_the_rest_of_a_file_still_gives_the_right_bytes(run, hub, repo, fault):
    hub.fault("GET", "", action=Short(70_000), origin="cdn")
    hub.fault("GET", "", call=2, action=fault, origin="cdn")
    assert contents(run("get", "ns/reviews")["path"])["data/train-00000-of-00001.parquet"] == LARGE


def test_bytes_that_stay_wrong_are_an_error_and_no_file(run, tideway, hub, repo):
    hub.fault("GET", "", call="every", action=Wrong(), origin="cdn")
    error = run("get", "ns/reviews", code=1)
    assert "comes with other bytes than the Hub lists" in error
    snapshots = list((cache(tideway) / "snapshots").rglob("*.parquet"))
    assert snapshots == []
    assert not (cache(tideway) / "refs" / "main").exists()


def test_a_killed_download_goes_on_where_it_stopped(run, tideway, hub, repo):
    stall = Stall("answered", after=3_000_000)
    hub.fault("GET", "", action=stall, origin="cdn")
    env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read"}
    process = tideway.start("hub", "get", "ns/reviews", env=env)
    wait_until(lambda: largest_leftover(tideway) >= 2_900_000)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    stall.release()
    assert not (cache(tideway) / "refs" / "main").exists()
    hub.requests.clear()
    assert contents(run("get", "ns/reviews")["path"])["data/train-00000-of-00001.parquet"] == LARGE
    ranges = [request.headers.get("range") for request in hub.requests.of("GET", "", origin="cdn")]
    assert len(ranges) == 1
    assert int(ranges[0].removeprefix("bytes=").rstrip("-")) >= 2_900_000
    assert leftovers(tideway) == []


def test_no_other_origin_sees_the_token(run, hub, repo):
    run("get", "ns/reviews")
    run("get", "hf://datasets/ns/reviews/data/train-00000-of-00001.parquet", HF_HOME="elsewhere")
    foreign = hub.requests.of("GET", "", origin="cdn")
    assert foreign
    for request in foreign:
        assert "authorization" not in request.headers and "hf_read" not in str(request.headers)


def test_each_refusal_tells_what_to_do(run, hub, repo):
    hub.add("datasets", "ns/secret", {"a": b"1"}, private=True)
    hub.add("datasets", "ns/gated", {"a": b"1"}, gated="manual")
    error = run("get", "ns/none", code=1)
    assert "no dataset ns/none" in error
    error = run("get", "ns/secret", token="hf_other", code=1)
    assert "no dataset ns/secret" in error and "the token of HF_TOKEN may not read it" in error
    error = run("get", "hf://datasets/ns/gated/a", token="hf_other", code=4)
    assert "is gated" in error and "ask for access at" in error
    error = run("get", "ns/reviews", "--revision", "v9", code=1)
    assert "no revision v9 of dataset ns/reviews" in error
    error = run("get", "hf://datasets/ns/reviews/none.txt", code=1)
    assert "no none.txt in dataset ns/reviews" in error
    assert "request " in error
    error = run("whoami", token="hf_wrong", code=4)
    assert "the token of HF_TOKEN is wrong or has expired" in error


def test_what_the_hub_warns_of_is_told_once(tideway, hub, repo):
    hub.fault("GET", "/api/", call="every", action=Headers({"X-HF-Warning": "storage; nearly full, delete something"}))
    result = tideway("hub", "info", "ns/reviews", env={
        "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_read", "HF_HUB_USER_AGENT_ORIGIN": "our-cluster"})
    assert result.code == 0
    assert result.err.count("storage; nearly full, delete something") == 1
    agents = {request.headers["user-agent"] for request in hub.requests}
    assert len(agents) == 1 and agents.pop().endswith("; origin/our-cluster")


def test_a_renamed_repository_is_followed(run, hub, repo):
    hub.rename(repo, "ns/opinions")
    assert contents(run("get", "ns/reviews")["path"])["README.md"] == FILES["README.md"]


def test_what_cannot_be_reached_is_taken_from_the_cache_with_a_warning(run, tideway, hub, repo):
    path = run("get", "ns/reviews")["path"]
    hub.fault("GET", "/api/", call="every", action=Status(503))
    hub.fault("HEAD", "/resolve/", call="every", action=Status(503))
    env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read"}
    for target, found in (("ns/reviews", path), ("hf://datasets/ns/reviews/README.md", path + "/README.md")):
        result = tideway("hub", "get", target, env=env)
        assert (result.code, result.out.strip()) == (0, found)
        assert "the cache's copy is used" in result.err


@pytest.mark.parametrize("refused", [
    Status(401, headers={"X-Error-Message": "Invalid credentials in Authorization header"}), Status(403),
    Status(404, headers={"X-Error-Code": "RepoNotFound"}), Status(403, headers={"X-Error-Code": "GatedRepo"}),
])
def test_a_file_that_may_not_be_seen_any_more_is_taken_from_the_cache(run, tideway, hub, repo, refused):
    path = run("get", "hf://datasets/ns/reviews/README.md")["path"]
    hub.fault("HEAD", "/resolve/", call="every", action=refused)
    assert run("get", "hf://datasets/ns/reviews/README.md")["path"] == path


@pytest.mark.parametrize("code", ["EntryNotFound", "RevisionNotFound"])
def test_a_file_that_the_hub_says_is_gone_is_not_taken_from_the_cache(run, hub, repo, code):
    run("get", "hf://datasets/ns/reviews/README.md")
    hub.fault("HEAD", "/resolve/", call="every", action=Status(404, headers={"X-Error-Code": code}))
    assert "hub: no " in run("get", "hf://datasets/ns/reviews/README.md", code=1)


def test_who_asks_as_nobody_sends_no_token(run, hub, repo):
    run("--no-token", "get", "ns/reviews")
    assert hub.requests and not [one for one in hub.requests if "authorization" in one.headers]


def test_an_exchange_of_tokens_that_is_not_made_is_told(tideway, hub, repo):
    (tideway.folder / "reads.lua").write_text("""
    local tw = require "tideway"
    return tw.pipeline {
      name = "reads",
      run = function() print(#tw.hub.dataset("ns/reviews", { token = false }):tags()) end,
    }
    """)
    env = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_read", "HF_OIDC_RESOURCE": "datasets/ns/reviews"}
    result = tideway("run", "reads.lua", env=env)
    assert (result.code, "HF_OIDC_RESOURCE" in result.err) == (0, False)
    assert not [one for one in hub.requests if "authorization" in one.headers]
    reads = (tideway.folder / "reads.lua").read_text().replace(", { token = false }", "")
    (tideway.folder / "reads.lua").write_text(reads)
    result = tideway("run", "reads.lua", env=env)
    assert result.err.count("HF_OIDC_RESOURCE is passed over") == 1


def test_include_and_exclude_choose_files(run, repo):
    got = run("get", "ns/reviews", "--include", "data/*", "--exclude", "*.txt")
    assert list(contents(got["path"])) == ["data/train-00000-of-00001.parquet"]


def test_a_revision_with_slashes_is_one_segment(run, hub, repo):
    repo.add_commit("refs/pr/3", {"new.txt": repo.store("new.txt", b"new")}, "a change", parents=(repo.head.oid,))
    got = run("get", "ns/reviews", "--revision", "refs/pr/3", "--include", "new.txt")
    assert contents(got["path"]) == {"new.txt": b"new"}
    assert any(request.path.endswith("/revision/refs%2Fpr%2F3") for request in hub.requests)


SOURCE = """
local tw = require "tideway"
return tw.pipeline {{
  name = "reads",
  run = function()
    local rows = tw.dataset.parquet "{address}"
    print(rows:count(), rows:columns()[1].name)
    rows:write_jsonl "out.jsonl"
  end,
}}
"""


@pytest.fixture
def read(tideway, hub):
    def read(address, *options, verb="run", **env):
        (tideway.folder / "reads.lua").write_text(SOURCE.format(address=address))
        env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read", **env}
        return tideway(verb, "reads.lua", *options, env=env)

    return read


@pytest.fixture
def shards(hub, tmp_path):
    import polars

    files = {}
    for shard in range(2):
        path = tmp_path / "shard.parquet"
        polars.DataFrame({"id": range(100 * shard, 100 * shard + 100)}).write_parquet(path)
        files[f"data/train-{shard:05}-of-00002.parquet"] = path.read_bytes()
    return hub.add("datasets", "ns/shards", files)


def test_files_on_the_hub_are_a_source_and_the_receipt_names_their_commit(read, tideway, shards):
    result = read("hf://datasets/ns/shards/data/train-*")
    assert result.code == 0, result.err
    assert result.out.startswith("200\tid")
    ids = [json.loads(line)["id"] for line in (tideway.folder / "out.jsonl").read_text().splitlines()]
    assert ids == list(range(200))
    inputs = tideway.receipts()[0]["inputs"]
    assert [one["uri"] for one in inputs] == [
        f"hf://datasets/ns/shards@{shards.head.oid}/data/train-{shard:05}-of-00002.parquet" for shard in range(2)
    ]
    assert "hf_read" not in json.dumps(tideway.receipts())


def test_a_source_on_the_hub_is_read_offline_from_the_cache(read, hub, shards):
    online = read("hf://datasets/ns/shards@main/data/*.parquet")
    assert online.code == 0 and online.err.count(f"hub: {hub.endpoint} with the token of HF_TOKEN\n") == 1
    hub.requests.clear()
    result = read("hf://datasets/ns/shards@main/data/*.parquet", "--fresh", HF_HUB_OFFLINE="1")
    assert result.code == 0, result.err
    assert f"hub: {hub.endpoint} with the token of HF_TOKEN, offline\n" in result.err
    assert len(hub.requests) == 0


def test_a_run_after_a_new_commit_reads_that_and_one_of_the_old_commit_does_not(read, tideway, shards):
    first = shards.head.oid
    assert read("hf://datasets/ns/shards/data/*").out.startswith("200\t")
    shards.commit({"data/train-00001-of-00002.parquet": None})
    assert read("hf://datasets/ns/shards/data/*").out.startswith("100\t")
    assert read(f"hf://datasets/ns/shards@{first}/data/*").out.startswith("200\t")


@pytest.mark.parametrize("address, kind, message", [
    ("hf://datasets/ns/shards", 2, "which files of hf://datasets/ns/shards?"),
    ("hf://datasets/ns/shards/none/*", 1, "no file none/* in dataset ns/shards at main"),
    ("hf://datasets/ns/shards@v7/data/*", 1, "no revision v7 of dataset ns/shards"),
    ("hf://datasets/ns/absent/data/*", 1, "no dataset ns/absent"),
    ("hf://datasets/shards", 2, "not a path on the Hub: hf://datasets/shards"),
])
def test_a_source_that_is_not_there_is_told(read, shards, address, kind, message):
    result = read(address)
    assert result.code == kind, result.err
    assert message in result.err


def test_check_reads_the_columns_of_a_source_on_the_hub(read, shards):
    result = read("hf://datasets/ns/shards/data/*", verb="check")
    assert result.code == 0, result.err
    assert "read.parquet hf://datasets/ns/shards/data/*" in result.out
