"""`tideway hub login`, put, push, tag, verify and cache: a fake Hub, and Python's own client as the judge."""

import fcntl
import hashlib
import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import time

import polars
import pyarrow.parquet
import pytest
from conftest import wait_until
from fakes.hub import Do, Headers, Reset, Stall, Status

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

LARGE = bytes(range(256)) * 4_000
FILES = {"README.md": b"# Reviews\n", "data/train.bin": LARGE, "data/a b.txt": "ünï\n".encode()}
FAILED, USAGE, NOT_ALLOWED, UNAVAILABLE = 1, 2, 4, 5


@pytest.fixture
def repo(hub):
    return hub.add("datasets", "ns/reviews", FILES)


@pytest.fixture
def environment(hub, tideway):
    return {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_write"}


@pytest.fixture
def run(tideway, environment):
    """`tideway hub ...`, as JSON where the code is 0, else its error."""

    def run(*arguments, code=0, **env):
        given = {name: value for name, value in {**environment, **env}.items() if value}
        result = tideway("hub", *arguments, "--json", env=given)
        assert result.code == code, result.out + result.err
        return json.loads(result.out) if code == 0 else result.err

    return run


@pytest.fixture
def folder(tideway):
    """A folder of files to put."""

    def write(files):
        for path, data in files.items():
            place = tideway.folder / "in" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return tideway.folder / "in"

    return write


def titles(repo):
    return [commit.title for commit in repo.log(repo.head)]


def cache(tideway):
    return tideway.folder / "home" / "hub" / "datasets--ns--reviews"


# login


@pytest.fixture
def login(tideway, environment):
    def login(token, *options, code=0, **env):
        given = {name: value for name, value in {**environment, "HF_TOKEN": None, **env}.items() if value}
        process = tideway.start("hub", "login", *options, env=given, stdin=subprocess.PIPE)
        out, err = process.communicate(token, timeout=60)
        assert process.returncode == code, out + err
        return out, err

    return login


def test_login_keeps_the_token_for_its_owner_alone_and_python_finds_it(login, client, run, tideway, repo):
    def whoami():
        from huggingface_hub import HfApi
        return HfApi().whoami()["name"]

    out, err = login("hf_write\n")
    place = tideway.folder / "home" / "token"
    assert out == f"logged in as ns, which may write; kept in {place}\n"
    assert place.read_text() == "hf_write" and "hf_write" not in out + err
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert client(whoami, token=None) == "ns"
    assert run("whoami", HF_TOKEN=None)["token_source"] == str(place)


def test_login_replaces_an_earlier_one_with_open_rights_and_leaves_nothing_beside_it(login, tideway):
    place = tideway.folder / "elsewhere" / "mine"
    place.parent.mkdir()
    place.write_text("hf_old")
    place.chmod(0o644)
    login("  hf_read \r\n", HF_TOKEN_PATH=place)
    assert place.read_text() == "hf_read" and stat.S_IMODE(place.stat().st_mode) == 0o600
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize("given, code, words", [
    ("", USAGE, "no token on standard input"), ("\n", USAGE, "no token on standard input"),
    ("hf one\n", USAGE, "is no token"), ("hf_ü\n", USAGE, "is no token"), ("h" * 5000, USAGE, "at most 4096 bytes"),
    ("hf_wrong\n", NOT_ALLOWED, "wrong or has expired"),
])
def test_what_is_no_token_is_not_kept(login, tideway, given, code, words):
    assert words in login(given, code=code)[1]
    assert not (tideway.folder / "home").exists()


@pytest.mark.parametrize("words", [["hf_secret9"], ["--token=hf_secret9"], ["--token", "hf_secret9"]])
def test_a_token_as_an_argument_is_refused_and_not_shown(tideway, environment, words):
    result = tideway("hub", "login", *words, env=environment, stdin=subprocess.DEVNULL)
    assert result.code == USAGE and "hf_secret9" not in result.err + result.out


def test_login_tells_of_a_variable_that_goes_before_it(login, tideway):
    _, err = login("hf_write\n", HF_TOKEN="hf_read")
    assert "HF_TOKEN is set and goes before this login" in err
    assert (tideway.folder / "home" / "token").read_text() == "hf_write"


def test_login_on_a_terminal_does_not_show_what_is_typed_and_leaves_the_terminal_as_it_was(tideway, environment):
    import termios

    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    process = tideway.start("hub", "login", env={**environment, "HF_TOKEN": ""}, stdin=theirs)
    wait_until(lambda: not termios.tcgetattr(theirs)[3] & termios.ECHO)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 130
    assert termios.tcgetattr(theirs) == before
    process = tideway.start("hub", "login", env={**environment, "HF_TOKEN": ""}, stdin=theirs)
    wait_until(lambda: not termios.tcgetattr(theirs)[3] & termios.ECHO)
    os.write(ours, b"hf_read\n")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0 and "logged in as ns" in out and "/settings/tokens" in err
    assert select.select([ours], [], [], 0)[0] == []  # nothing was shown
    assert termios.tcgetattr(theirs) == before


def test_a_dry_login_keeps_nothing(login, tideway):
    assert "the token is that of ns" in login("hf_write\n", "--dry-run")[0]
    assert not (tideway.folder / "home").exists()


# put


def download(repo):
    import pathlib

    from huggingface_hub import snapshot_download
    root = pathlib.Path(snapshot_download(repo, repo_type="dataset", cache_dir="fresh"))
    return {str(path.relative_to(root)): path.read_bytes().hex() for path in root.rglob("*") if path.is_file()}


def test_python_reads_what_was_put_byte_for_byte_from_one_commit(run, hub, folder, client):
    got = run("put", "ns/new", folder({**FILES, "empty": b"", ".hidden/x": b"1"}), "--message", "All\n\nof it")
    repo = hub.repo("datasets", "ns/new")
    assert titles(repo) == ["All", "initial commit"] and repo.head.description == "of it"
    assert got["commit"] == repo.head.oid and got["changed"] and repo.private
    read = client(download, "ns/new")
    read.pop(".gitattributes")
    assert read == {path: data.hex() for path, data in {**FILES, "empty": b"", ".hidden/x": b"1"}.items()}


def test_putting_the_same_again_makes_no_commit_and_sends_nothing(run, hub, repo, folder):
    hub.requests.clear()
    again = run("put", "ns/reviews", folder(FILES))
    assert (again["changed"], again["commit"], again["unchanged"], again["sent"]) == (False, repo.head.oid, 3, [])
    assert not hub.requests.of("POST") and not hub.requests.of("PUT")


def test_only_what_changed_is_sent(run, hub, repo, folder):
    place = folder({**FILES, "README.md": b"# Revised\n", "new.bin": LARGE})
    got = run("put", "ns/reviews", place)
    assert [one["path"] for one in got["sent"]] == ["README.md", "new.bin"]
    assert repo.read("README.md") == b"# Revised\n" and repo.read("new.bin") == LARGE
    assert not hub.requests.of("PUT")  # the Hub has those bytes under another name
    assert titles(repo)[0] == "Upload README.md and 3 more"


@pytest.mark.parametrize("sources, to, paths", [
    (["README.md"], None, ["README.md"]), (["README.md"], "docs/about.md", ["docs/about.md"]),
    (["README.md"], "docs/", ["docs/README.md"]), (["data"], None, ["a b.txt", "train.bin"]),
    (["data"], "x/y", ["x/y/a b.txt", "x/y/train.bin"]),
    (["README.md", "data"], "all", ["all/README.md", "all/a b.txt", "all/train.bin"]),
])
def test_files_and_folders_go_where_to_says(run, hub, folder, sources, to, paths):
    place = folder(FILES)
    run("put", "ns/new", *(place / one for one in sources), *(["--to", to] if to else []))
    assert list(hub.repo("datasets", "ns/new").files()) == paths


def test_a_branch_is_put_to_and_one_that_is_not_there_is_told(run, hub, repo, folder):
    place = folder({"new.txt": b"new"})
    assert "no revision dev of dataset ns/reviews" in run("put", "ns/reviews", place, "--revision", "dev", code=FAILED)
    repo.refs["refs/heads/dev"] = repo.head.oid
    run("put", "ns/reviews", place, "--revision", "dev")
    assert repo.read("new.txt", "dev") == b"new" and "new.txt" not in repo.files()
    repo.refs["refs/tags/v1"] = repo.head.oid
    run("put", "ns/reviews", folder({"new.txt": b"newer"}), "--revision", "v1", code=FAILED)


def test_delete_takes_what_matches_but_what_is_put_and_gitattributes(run, repo, folder):
    got = run("put", "ns/reviews", folder({"data/train.bin": b"small"}) / "data", "--to", "data", "--delete", "*")
    assert got["removed"] == ["README.md", "data/a b.txt"]
    assert list(repo.files()) == ["data/train.bin"] and ".gitattributes" in repo.head.files
    assert len(titles(repo)) == 3
    got = run("put", "ns/reviews", "--delete", "data/*")
    assert got["removed"] == ["data/train.bin"] and not repo.files()


def test_a_dry_run_tells_what_would_change_and_changes_nothing(run, hub, repo, folder):
    got = run("put", "ns/reviews", folder({"README.md": b"new"}), "--delete", "data/*", "--dry-run")
    assert [one["path"] for one in got["sent"]] == ["README.md"]
    assert got["removed"] == ["data/a b.txt", "data/train.bin"]
    assert run("put", "ns/none", folder({}), "--dry-run")["changed"]
    assert not hub.requests.of("POST") and not hub.requests.of("PUT")
    assert ("datasets", "ns/none") not in hub.repositories


@pytest.mark.parametrize("to, words", [
    ("../x", "a part `.` or `..`"), ("/x", "it is absolute"), ("a/../b", "a part `.` or `..`"),
    ("a//b", "an empty part"),
    (".git/hooks/x", "a part `.git` is git's own"), ("x/.git", "a part `.git` is git's own"), ("a\\b", "it has a `\\`"),
    ("C:x", "it begins with a drive"), ("a\nb", "a control character"),
    (".cache/huggingface/x", "keep their own files"),
    ("n" * 300, "longer than 255 bytes"), ("/".join(["n" * 200] * 6), "longer than 1000 bytes"), ("./x", "a part `.`"),
])
def test_a_name_that_a_repository_cannot_have_is_refused_with_the_rule(run, hub, repo, folder, to, words):
    hub.requests.clear()
    error = run("put", "ns/reviews", folder(FILES) / "README.md", "--to", to, code=USAGE)
    assert words in error and "not a name in a repository" in error
    assert len(hub.requests) == 0


def test_gits_own_folder_and_that_of_downloads_stay_and_links_are_read(run, hub, folder, tideway):
    place = folder({"a.txt": b"a", ".git/config": b"x", "sub/.git/HEAD": b"x", ".cache/huggingface/x": b"x"})
    (tideway.folder / "outside").write_bytes(b"outside")
    (place / "link.txt").symlink_to(tideway.folder / "outside")
    run("put", "ns/new", place)
    repo = hub.repo("datasets", "ns/new")
    assert list(repo.files()) == ["a.txt", "link.txt"] and repo.read("link.txt") == b"outside"


def test_what_cannot_be_put_is_told_before_anything_is_asked(run, hub, folder, tideway):
    place = folder({"a/x": b"1", "b/x": b"2", "c/x/y": b"3"})
    assert "two files with one name: x" in run("put", "ns/new", place / "a", place / "b", code=USAGE)
    assert "a file and a folder with one name: x" in run("put", "ns/new", place / "a", place / "c", code=USAGE)
    assert "no file or folder" in run("put", "ns/new", place / "none", code=FAILED)
    (place / "a" / "dangling").symlink_to("nowhere")
    assert "a link to nothing" in run("put", "ns/new", place / "a", code=USAGE)
    os.mkfifo(place / "b" / "pipe")
    assert "not a file" in run("put", "ns/new", place / "b", code=USAGE)
    (tideway.folder / "void").mkdir()
    assert "no file to put" in run("put", "ns/new", tideway.folder / "void", code=USAGE)
    assert "a whole repository is meant" in run("put", "hf://datasets/ns/new/x", place, code=USAGE)
    assert len(hub.requests) == 0


def test_who_may_not_write_is_told_before_anything_is_sent(run, hub, repo, folder):
    place = folder({"new.bin": LARGE[:-1]})
    for token, words in ((None, "there is no token"), ("hf_wrong", "is wrong"), ("hf_read", "write token")):
        assert words in run("put", "ns/reviews", place, code=NOT_ALLOWED, HF_TOKEN=token)
    assert "offline" in run("put", "ns/reviews", place, code=UNAVAILABLE, HF_HUB_OFFLINE="1")
    assert not hub.requests.of("PUT") and not hub.requests.of("POST")


@pytest.mark.parametrize("trouble", [
    Status(409), Status(412), Status(429), Status(500), Status(504), Status(504, work=True), Reset("answered"),
    Reset("received"),
], ids=lambda one: type(one).__name__ + str(getattr(one, "code", "")) + str(getattr(one, "work", "")))
def test_trouble_at_the_commit_ends_in_one_commit(run, hub, repo, folder, trouble):
    fault = hub.fault("POST", "/commit/", action=trouble)
    run("put", "ns/reviews", folder({"new.bin": LARGE[:-1]}), "--message", "Put")
    assert fault.hit.is_set() and titles(repo) == ["Put", "Upload files", "initial commit"]
    assert repo.read("new.bin") == LARGE[:-1] and len(hub.requests.of("PUT")) == 1


def test_a_commit_just_before_ours_is_built_upon(run, hub, repo, folder):
    theirs = {"theirs.txt": b"theirs", "data/later.txt": b"1"}
    hub.fault("POST", "/commit/", action=Do(lambda request: repo.commit(theirs, "Theirs")))
    run("put", "ns/reviews", folder({"new.txt": b"new"}), "--message", "Put", "--delete", "data/*")
    assert titles(repo)[:2] == ["Put", "Theirs"]
    assert list(repo.files()) == ["README.md", "new.txt", "theirs.txt"]


def test_a_file_that_grows_while_it_is_sent_is_an_error_and_no_commit(run, hub, repo, folder):
    place = folder({"new.bin": LARGE[:-1]})
    hub.fault("POST", "/objects/batch", action=Do(lambda request: (place / "new.bin").write_bytes(LARGE + b"more")))
    assert "changed while it was sent" in run("put", "ns/reviews", place, code=FAILED)
    assert len(titles(repo)) == 2


def test_many_files_appear_at_once(run, hub, folder):
    run("put", "ns/many", folder({f"d/{number:03}.txt": b"%d" % number for number in range(300)}))
    repo = hub.repo("datasets", "ns/many")
    assert len(repo.files()) == 300 and len(titles(repo)) == 2
    assert not [ref for ref in repo.refs if ref.startswith("refs/pr/")]


# push


@pytest.fixture
def rows(tideway):
    """Writes rows as a file of the format that its name tells."""

    def write(name, first=0, count=5, **more):
        values = {"n": range(first, first + count), "text": [f"row {i}" for i in range(count)], **more}
        path, frame = tideway.folder / name, polars.DataFrame(values)
        if name.endswith(".parquet"):
            pyarrow.parquet.write_table(pyarrow.table({key: list(column) for key, column in values.items()}), path)
        else:
            {"jsonl": frame.write_ndjson, "csv": frame.write_csv}[name.split(".")[-1]](path)
        return name

    return write


def load(repo, revision=None):
    from datasets import load_dataset
    return {name: [split["n"][:], split["text"][:]] for name, split in load_dataset(repo, revision=revision).items()}


def test_python_loads_parquet_jsonl_and_csv_as_the_splits_they_were_pushed_as(run, hub, rows, client):
    parts = [f"{split}={rows(name, first)}" for split, name, first in (
        ("train", "a.parquet", 0), ("validation", "b.jsonl", 10), ("test", "c.csv", 20))]
    got = run("push", "ns/rows", *parts, "--tag", "v1", "--message", "Rows")
    repo = hub.repo("datasets", "ns/rows")
    assert titles(repo)[0] == "Rows" and repo.refs["refs/tags/v1"] == repo.head.oid == got["commit"]
    assert {name: split["rows"] for name, split in got["splits"].items()} == {"train": 5, "validation": 5, "test": 5}
    text = [f"row {i}" for i in range(5)]
    assert client(load, "ns/rows", "v1") == {
        "train": [list(range(5)), text], "validation": [list(range(10, 15)), text],
        "test": [list(range(20, 25)), text]}
    assert run("push", "ns/rows", *parts, "--tag", "v1")["changed"] is False


def test_a_push_of_a_configuration_makes_a_public_repository_where_that_is_said(run, hub, rows, client):
    assert "excludes" in run("push", "ns/rows", "train=a.parquet", "--public", "--private", code=USAGE)
    run("push", "ns/rows", f"train={rows('a.parquet')}", "--config", "fr", "--public")
    run("push", "ns/hidden", f"train={rows('a.parquet')}", "--private")
    assert (hub.repo("datasets", "ns/rows").private, hub.repo("datasets", "ns/hidden").private) == (False, True)

    def configurations():
        from datasets import get_dataset_config_names
        return get_dataset_config_names("ns/rows")

    assert client(configurations) == ["fr"]


def test_what_the_hub_warns_of_when_something_is_written_is_told(tideway, environment, hub, repo):
    hub.fault("POST", "/commit/", action=Headers({"X-HF-Warning": "quota; nearly spent"}))
    (tideway.folder / "new.txt").write_text("new")
    result = tideway("hub", "put", "ns/reviews", "new.txt", env=environment)
    assert (result.code, result.err.count("quota; nearly spent")) == (0, 1), result.err


def test_a_push_is_what_a_script_pushes(run, hub, rows, tideway, environment):
    name = rows("a.parquet")
    run("push", "ns/ours", f"train={name}")
    (tideway.folder / "push.lua").write_text("""
        local tw = require "tideway"
        return tw.pipeline { name = "push", run = function()
          tw.hub.dataset("ns/theirs"):push { train = tw.dataset.parquet "a.parquet" }
        end }""")
    assert tideway("run", "push.lua", env=environment).code == 0
    ours, theirs = (hub.repo("datasets", name) for name in ("ns/ours", "ns/theirs"))
    for path in ("README.md", "data/train-00000-of-00001.parquet"):
        assert ours.read(path) == theirs.read(path)


def test_a_pattern_is_one_split_and_a_folder_stands_for_the_hub(run, rows, tideway, client):
    rows("p1.parquet"), rows("p2.parquet", 5)
    got = run("push", f"file:{tideway.folder}/out", "train=p*.parquet")
    assert got["splits"]["train"]["rows"] == 10
    assert client(load, str(tideway.folder / "out"))["train"][0] == list(range(10))


@pytest.mark.parametrize("parts, code, words", [
    (["train"], USAGE, "a part is SPLIT=FILE: train"), (["=a.parquet"], USAGE, "a part is SPLIT=FILE"),
    (["train="], USAGE, "a part is SPLIT=FILE"), (["train=a.xlsx"], USAGE, "tells no format: a.xlsx"),
    (["train=folder"], USAGE, "tells no format"), (["tr-ain=a.parquet"], USAGE, "tr-ain"),
    (["train=a.parquet", "train=a.parquet"], USAGE, "a split is there twice: train"),
    (["train=none.parquet"], FAILED, "none.parquet"), (["train=a.parquet", "test=b.csv"], FAILED, "different columns"),
    (["train=broken.jsonl"], FAILED, "broken.jsonl"),
])
def test_what_cannot_be_pushed_is_told_and_nothing_is_published(run, hub, rows, tideway, parts, code, words):
    rows("a.parquet"), rows("b.csv", more=range(5))
    (tideway.folder / "broken.jsonl").write_text('{"n": 1}\n{"n": \n')
    hub.add("datasets", "ns/rows")
    assert words in run("push", "ns/rows", *parts, code=code)
    assert titles(hub.repo("datasets", "ns/rows")) == ["initial commit"]


def test_a_dry_push_checks_and_publishes_nothing(run, hub, rows):
    got = run("push", "ns/rows", f"train={rows('a.parquet')}", "--dry-run")
    assert (got["dry_run"], list(got["splits"]), got["changed"]) == (True, ["train"], True)
    assert not hub.repositories and not hub.requests.of("POST")
    assert "none.parquet" in run("push", "ns/rows", "train=none.parquet", "--dry-run", code=FAILED)


def test_a_push_ends_with_the_first_signal_and_publishes_nothing(tideway, environment, hub, rows):
    stall = Stall("received")
    hub.fault("PUT", "/upload/", call="every", action=stall)
    name = rows("a.parquet")
    process = tideway.start("hub", "push", "ns/rows", f"train={name}", env=environment)
    wait_until(lambda: hub.requests.of("POST", "/objects/batch"))
    process.terminate()
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    assert titles(hub.repo("datasets", "ns/rows")) == ["initial commit"]


# tag


def test_tags_are_given_listed_and_taken_away_as_python_sees_them(run, client, repo):
    def tags():
        from huggingface_hub import HfApi
        return [[one.name, one.target_commit] for one in HfApi().list_repo_refs("ns/reviews", repo_type="dataset").tags]

    first, second = repo.head.parents[0], repo.head.oid
    assert run("tag", "ns/reviews")["tags"] == []
    assert run("tag", "ns/reviews", "v2", "--message", "The second")["commit"] == second
    assert run("tag", "ns/reviews", "v1", "--revision", first)["commit"] == first
    assert sorted(client(tags)) == [["v1", first], ["v2", second]]
    assert sorted(one["name"] for one in run("tag", "ns/reviews")["tags"]) == ["v1", "v2"]
    assert run("tag", "ns/reviews", "--delete", "v1")["removed"] == "v1"
    assert client(tags) == [["v2", second]]


@pytest.mark.parametrize("words, code, told", [
    (["v1"], FAILED, "the tag exists: v1"),
    (["--delete", "v2"], FAILED, "no tag v2 of dataset ns/reviews; did you mean `v1`?"),
    (["v3", "--revision", "dev"], FAILED, "no revision dev"), (["a b"], USAGE, "not a tag: a b"),
    (["../x"], USAGE, "not a tag"), (["-x"], USAGE, ""), (["v.lock"], USAGE, "not a tag"),
    (["v3", "--delete", "v1"], USAGE, "not both"),
])
def test_a_tag_that_cannot_be_given_or_taken_is_told(run, hub, repo, words, code, told):
    repo.refs["refs/tags/v1"] = repo.head.oid
    assert told in run("tag", "ns/reviews", *words, code=code)
    assert not hub.requests.of("POST") and not hub.requests.of("DELETE")


@pytest.mark.parametrize("trouble", [Status(503), Status(503, work=True), Reset("answered"), Reset("asked")],
                         ids=["503", "503 after the work", "reset after the work", "reset"])
def test_a_lost_answer_about_a_tag_is_looked_for(run, hub, repo, trouble):
    hub.fault("POST", "/tag/", action=trouble)
    hub.fault("DELETE", "/tag/", action=trouble)
    run("tag", "ns/reviews", "v1")
    assert repo.refs["refs/tags/v1"] == repo.head.oid
    run("tag", "ns/reviews", "--delete", "v1")
    assert "refs/tags/v1" not in repo.refs


def test_a_dry_tag_changes_nothing(run, hub, repo):
    repo.refs["refs/tags/v1"] = repo.head.oid
    assert run("tag", "ns/reviews", "v2", "--dry-run")["commit"] == repo.head.oid
    run("tag", "ns/reviews", "--delete", "v1", "--dry-run")
    assert not hub.requests.of("POST") and not hub.requests.of("DELETE")


# branch


def test_branches_are_made_listed_and_taken_away_as_python_sees_them(run, client, repo):
    def branches():
        from huggingface_hub import HfApi
        refs = HfApi().list_repo_refs("ns/reviews", repo_type="dataset")
        return sorted([one.name, one.target_commit] for one in refs.branches)

    first = repo.head.oid
    assert run("branch", "ns/reviews", "try/out+1")["commit"] == first
    assert run("branch", "ns/reviews", "again", "--revision", "try/out+1")["commit"] == first
    assert client(branches) == sorted([["again", first], ["main", first], ["try/out+1", first]])
    assert [one["name"] for one in run("branch", "ns/reviews")["branches"]].count("again") == 1
    assert run("branch", "ns/reviews", "--delete", "try/out+1", "--dry-run")["dry_run"] is True
    assert run("branch", "ns/reviews", "--delete", "try/out+1")["removed"] == "try/out+1"
    assert run("branch", "ns/reviews", "dry", "--dry-run")["commit"] == first
    assert client(branches) == [["again", first], ["main", first]]


@pytest.mark.parametrize("words, code, told", [
    (["dev"], FAILED, "the branch exists: dev"),
    (["--delete", "dve"], FAILED, "no branch dve of dataset ns/reviews; did you mean `dev`?"),
    (["--delete", "main"], USAGE, "the branch main is what readers see"),
    (["new", "--revision", "none"], FAILED, "no revision none"), (["a b"], USAGE, "not a branch: a b"),
    (["a//b"], USAGE, "not a branch"), (["refs/pr/1"], USAGE, "not a branch"), (["a" * 40], USAGE, "not a branch"),
    (["a", "--delete", "dev"], USAGE, "not both"),
])
def test_a_branch_that_cannot_be_made_or_taken_is_told(run, hub, repo, words, code, told):
    repo.refs["refs/heads/dev"] = repo.head.oid
    before = dict(repo.refs)
    assert told in run("branch", "ns/reviews", *words, code=code)
    assert repo.refs == before


@pytest.mark.parametrize("trouble", [Reset("answered"), Status(503, work=True)], ids=["reset", "503"])
def test_a_lost_answer_about_a_branch_is_looked_for(run, hub, repo, trouble):
    hub.fault("POST", "/branch/", action=trouble)
    hub.fault("DELETE", "/branch/", action=trouble)
    run("branch", "ns/reviews", "dev")
    assert repo.refs["refs/heads/dev"] == repo.head.oid
    run("branch", "ns/reviews", "--delete", "dev")
    assert "refs/heads/dev" not in repo.refs


# get


def test_get_takes_the_paths_of_files(tideway, environment, run, repo):
    one = tideway("hub", "get", "ns/reviews", "README.md", env=environment)
    assert open(one.out.strip(), "rb").read() == FILES["README.md"]
    two = run("get", "ns/reviews", "README.md", "data/a b.txt", "--local-dir", tideway.folder / "out")
    assert two["files"] == 2
    assert (tideway.folder / "out" / "data" / "a b.txt").read_bytes() == FILES["data/a b.txt"]
    assert not (tideway.folder / "out" / "data" / "train.bin").exists()


def test_get_refuses_a_path_that_is_not_there_and_one_beside_a_pattern(tideway, run, repo):
    assert "no data/none.txt in dataset ns/reviews" in run("get", "ns/reviews", "data/none.txt", code=FAILED)
    assert "no data/none.txt" in run("get", "ns/reviews", "README.md", "data/none.txt", code=FAILED)
    error = run("get", "ns/reviews", "README.md", "--include", "data/*", code=USAGE)
    assert "both a file and a pattern: README.md" in error


# verify


def spoil(path):
    """Missing, of another size, and with a wrong byte."""
    (path / "README.md").unlink()
    changes = {"data/a b.txt": lambda data: data + b"x", "data/train.bin": lambda data: b"\xff" + data[1:]}
    for name, change in changes.items():
        place = (path / name).resolve()
        before = place.stat()
        place.write_bytes(change(place.read_bytes()))
        os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("local", [False, True])
def test_verify_names_each_file_that_is_not_what_the_hub_lists(tideway, environment, run, repo, local):
    place = ["--local-dir", str(tideway.folder / "out")] if local else []
    path = run("get", "ns/reviews", *place)["path"]
    assert run("verify", "ns/reviews", *place)["wrong"] == []
    spoil(type(tideway.folder)(path))
    result = tideway("hub", "verify", "ns/reviews", *place, "--json", env=environment)
    assert result.code == FAILED and "3 of 4 files" in result.err
    assert {one["path"]: one["what"] for one in json.loads(result.out)["wrong"]} == {
        "README.md": "missing", "data/a b.txt": "7 bytes instead of 6",
        "data/train.bin": "other bytes than the hash says"}
    plain = tideway("hub", "verify", "ns/reviews", *place, env=environment)
    assert plain.code == FAILED and "README.md: missing\n" in plain.out


def test_verify_asks_the_hub_and_offline_its_own_note(run, hub, tideway, repo):
    run("get", "ns/reviews", "--include", "data/*")
    tree = cache(tideway) / "trees" / f"{repo.head.oid}.json"
    tree.write_text(json.dumps({"format_version": 1, "files": {}}))
    assert "2 of 4 files" in run("verify", "ns/reviews", code=FAILED)
    assert run("verify", "ns/reviews", "--include", "data/*")["files"] == 2
    hub.requests.clear()
    assert run("verify", "ns/reviews", HF_HUB_OFFLINE="1")["files"] == 0
    assert "nobody noted which commit dev" in run("verify", "ns/reviews", "--revision", "dev", code=FAILED,
                                                  HF_HUB_OFFLINE="1")
    assert len(hub.requests) == 0


def test_verify_of_what_was_never_fetched_says_all_is_missing(run, repo):
    assert "4 of 4 files" in run("verify", "ns/reviews", code=FAILED)
    assert "no dataset ns/none" in run("verify", "ns/none", code=FAILED)


# cache


def test_the_cache_is_listed_as_python_lists_it(run, client, hub, tideway, repo):
    def scan():
        from huggingface_hub import scan_cache_dir
        return {one.repo_id: sorted([rev.commit_hash, rev.nb_files, rev.size_on_disk, sorted(rev.refs)]
                                    for rev in one.revisions) for one in scan_cache_dir().repos}

    hub.add("models", "ns/model", {"a": b"1"})
    run("get", "ns/reviews")
    first = repo.head.oid
    repo.commit({"README.md": b"# New\n"})
    run("get", "ns/reviews")
    run("get", "hf://ns/model")
    listed = run("cache")
    assert listed["path"] == str(tideway.folder / "home" / "hub")
    assert {one["id"]: sorted([rev["commit"], rev["files"], rev["bytes"], rev["refs"]] for rev in one["revisions"])
            for one in listed["repositories"]} == client(scan)
    assert [one["type"] for one in listed["repositories"]] == ["dataset", "model"]
    reviews = run("cache", "--repo", "ns/reviews")["repositories"][0]
    assert [rev["refs"] for rev in reviews["revisions"] if rev["commit"] == first] == [[]]
    blobs = (cache(tideway) / "blobs").iterdir()
    assert reviews["bytes"] == sum(blob.stat().st_size for blob in blobs)


def test_an_empty_cache_and_what_is_none_are_no_trouble(run, tideway):
    assert run("cache")["repositories"] == []
    root = tideway.folder / "home" / "hub"
    for name in ("datasets--a--b--c", "datasets--", "other", "datasets--..--x", "models--a/snapshots"):
        (root / name).mkdir(parents=True)
    (root / "datasets--ns--file").write_text("a file")
    assert [one["id"] for one in run("cache")["repositories"]] == ["a"]
    assert run("cache", "clean")["removed"] == [] and (root / "other").exists()


def test_broken_contents_are_found_without_a_request_and_fetched_again_once_removed(run, hub, tideway, repo):
    path = tideway.folder.__class__(run("get", "ns/reviews")["path"])
    assert run("cache", "verify")["broken"] == []
    blob = (path / "data/train.bin").resolve()
    blob.write_bytes(b"\xff" + LARGE[1:])
    hub.requests.clear()
    assert "1 of 4 contents" in run("cache", "verify", code=FAILED)
    assert [one["path"] for one in run("cache", "verify", "--remove")["broken"]] == [str(blob)]
    assert len(hub.requests) == 0 and not blob.exists()
    run("get", "ns/reviews")
    assert (path / "data/train.bin").read_bytes() == LARGE
    assert run("cache", "verify")["broken"] == []


@pytest.fixture
def leftovers(run, tideway, repo):
    """An old and a new part of a download, and a blob that no revision has."""
    run("get", "ns/reviews")
    blobs = cache(tideway) / "blobs"
    old, new, unlinked = blobs / ("a" * 40 + ".12345678.incomplete"), blobs / "b.incomplete", blobs / ("c" * 40)
    for path in (old, new, unlinked):
        path.write_bytes(b"12345")
    for path, hours in ((old, 25), (unlinked, 2)):
        long_ago = time.time() - hours * 3600
        os.utime(path, (long_ago, long_ago))
    return old, new, unlinked


def test_clean_leaves_a_content_that_may_be_about_to_get_its_link(run, leftovers):
    leftovers[2].touch()
    assert str(leftovers[2]) not in [one["path"] for one in run("cache", "clean")["removed"]]


def test_clean_removes_nothing_of_a_cache_that_it_cannot_read(run, tideway, leftovers):
    loop = cache(tideway) / "snapshots" / "loop"
    loop.symlink_to(loop)
    assert "cannot read the cache" in run("cache", "clean", code=FAILED)
    assert all(path.exists() for path in leftovers)


def test_clean_removes_leftovers_and_nothing_that_is_needed(run, tideway, leftovers):
    old, new, unlinked = leftovers
    before = {path for path in cache(tideway).rglob("*")}
    dry = run("cache", "clean", "--dry-run")
    assert {path for path in cache(tideway).rglob("*")} == before
    cleaned = run("cache", "clean")
    assert dry["removed"] == cleaned["removed"] and cleaned["bytes"] == 10
    assert before - {path for path in cache(tideway).rglob("*")} == {old, unlinked}
    assert run("cache", "clean")["removed"] == [] and run("verify", "ns/reviews")["wrong"] == []


def test_clean_leaves_a_content_that_another_program_is_about_to_use(run, tideway, leftovers):
    unlinked = leftovers[2]
    lock = tideway.folder / "home" / "hub" / ".locks" / "datasets--ns--reviews" / f"{unlinked.name}.lock"
    with open(lock, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert run("cache", "clean")["busy"] == 1 and unlinked.exists()
    assert run("cache", "clean")["busy"] == 0 and not unlinked.exists()


def test_a_revision_goes_with_the_contents_that_only_it_has(run, tideway, repo):
    first = repo.head.oid
    run("get", "ns/reviews")
    repo.commit({"README.md": b"# New\n"})
    path = tideway.folder.__class__(run("get", "ns/reviews")["path"])
    readme = hashlib.sha1(b"blob 10\0# Reviews\n").hexdigest()
    dry = run("cache", "clean", "--revision", first, "--dry-run")
    assert (cache(tideway) / "snapshots" / first).exists()
    cleaned = run("cache", "clean", "--revision", first)
    assert dry["removed"] == cleaned["removed"]
    assert [one["path"].rpartition("/")[2] for one in cleaned["removed"]] == [first, readme]
    assert not (cache(tideway) / "trees" / f"{first}.json").exists()
    assert (path / "data/train.bin").read_bytes() == LARGE and (cache(tideway) / "refs" / "main").exists()
    run("cache", "clean", "--repo", "ns/reviews", "--revision", "main")
    assert not (cache(tideway) / "refs" / "main").exists() and not list((cache(tideway) / "blobs").iterdir())


def test_a_repository_goes_whole_and_others_stay(run, hub, tideway, repo):
    hub.add("datasets", "ns/other", {"a": b"1"})
    run("get", "ns/reviews"), run("get", "ns/other")
    run("cache", "clean", "--repo", "ns/reviews", "--dry-run")
    assert cache(tideway).exists()
    run("cache", "clean", "--repo", "ns/reviews")
    assert not cache(tideway).exists() and run("verify", "ns/other")["wrong"] == []


@pytest.mark.parametrize("words, code, told", [
    (["clena"], USAGE, "did you mean `clean`?"), (["verify", "--dry-run"], USAGE, "--dry-run are for `cache clean`"),
    (["clean", "--remove"], USAGE, "--remove is for `cache verify`"),
    (["--revision", "x"], USAGE, "are for `cache clean`"),
    (["clean", "--repo", "ns/reviws"], FAILED, "did you mean `ns/reviews`?"),
    (["clean", "--repo", "../x"], USAGE, "../x"),
    (["clean", "--revision", "main"], FAILED, "a branch or tag needs --repo"),
    (["clean", "--repo", "ns/reviews", "--revision", "../../x"], FAILED, "no revision ../../x"),
    (["clean", "--revision", "f" * 40], FAILED, "no revision fff"),
])
def test_a_wrong_order_to_the_cache_is_told_and_removes_nothing(run, tideway, repo, words, code, told):
    run("get", "ns/reviews")
    before = sorted(cache(tideway).rglob("*"))
    assert told in run("cache", *words, code=code)
    assert sorted(cache(tideway).rglob("*")) == before


# progress


@pytest.mark.parametrize("words", [["get", "ns/reviews"], ["put", "ns/reviews", "big"]])
def test_a_terminal_shows_files_bytes_and_rate(tideway, environment, hub, repo, words):
    (tideway.folder / "big").write_bytes(LARGE[:-1])
    stall = Stall("answered", after=500_000) if words[0] == "get" else Stall("asked")
    hub.fault(*(("GET", "") if words[0] == "get" else ("PUT", "/upload/")), action=stall,
              origin="cdn" if words[0] == "get" else None)
    ours, theirs = pty.openpty()
    process = subprocess.Popen([tideway.program, "hub", *words], cwd=tideway.folder, stderr=theirs,
                               stdout=subprocess.DEVNULL, env=tideway.environment(environment))
    shown = ""
    end = time.monotonic() + 30
    told = re.compile(r"(fetch|send) .*\d of \d files  [\d.]+ .?i?B  [\d.]+ .?i?B/s")
    while not told.search(shown) and time.monotonic() < end:
        if select.select([ours], [], [], 1)[0]:
            shown += os.read(ours, 4096).decode()
    assert time.monotonic() < end, shown
    stall.release()
    assert process.wait(60) == 0
