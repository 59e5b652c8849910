"""Python's own Hub libraries, unmodified, take the fake for the Hub."""

import json
import subprocess
import sys

import pytest
from conftest import ROOT

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

README_SIZE = 758
EXAMPLE_FILES = [f"data/{split}-00000-of-00001.parquet" for split in ("test", "train", "validation")]


def push_example(repo):
    from datasets import DatasetDict

    parts = {"train": (0, 8), "validation": (8, 3), "test": (11, 2)}
    splits = DatasetDict({split: example(split, *part) for split, part in parts.items()})
    return [splits.push_to_hub(repo).oid, splits.push_to_hub(repo).oid]


def load_example(repo):
    import judge_hub

    judge_hub.judge_example(repo, "datasets-cache")


def test_the_worked_example_is_pushed_in_one_commit_and_loads_equal_also_offline(hub, client):
    first, again = client(push_example, "ns/reviews")
    repo = hub.repo("datasets", "ns/reviews")
    assert [commit.title for commit in repo.log(repo.head)] == ["Upload dataset", "initial commit"]
    assert first == again == repo.head.oid
    assert sorted(repo.files()) == ["README.md", *EXAMPLE_FILES]
    assert repo.files()["README.md"] == README_SIZE
    body = hub.requests.of("POST", "/commit/")[0].lines()
    assert [line["key"] for line in body] == ["header", "lfsFile", "lfsFile", "lfsFile", "file"]
    assert body[0]["value"]["parentCommit"] == repo.head.parents[0]
    client(load_example, "ns/reviews", home="reader")
    asked = len(hub.requests)
    client(load_example, "ns/reviews", home="reader", HF_HUB_OFFLINE="1")
    assert len(hub.requests) == asked


def push_fewer_shards_and_a_config(repo):
    from datasets import DatasetDict

    DatasetDict({"train": example("train", 0, 8)}).push_to_hub(repo, num_shards={"train": 4}, private=True)
    DatasetDict({"train": example("train", 0, 8)}).push_to_hub(repo, num_shards={"train": 2})
    DatasetDict({"train": example("train", 8, 2)}).push_to_hub(repo, config_name="second")
    from datasets import load_dataset

    return [load_dataset(repo, name, split="train")["id"][:] for name in ("default", "second")]


def test_fewer_shards_delete_the_stale_ones_and_a_second_config_stands_beside_the_first(hub, client):
    assert client(push_fewer_shards_and_a_config, "ns/numbers") == [list(range(8)), [8, 9]]
    repo = hub.repo("datasets", "ns/numbers")
    assert repo.private
    assert sorted(repo.files()) == [
        "README.md", "data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet",
        "second/train-00000-of-00001.parquet",
    ]
    deleted = [line["value"]["path"] for one in hub.requests.of("POST", "/commit/") for line in one.lines()
               if line["key"] == "deletedFile"]
    assert deleted == [f"data/train-0000{shard}-of-00004.parquet" for shard in range(4)]


def push_and_tell_the_error(repo):
    from datasets import DatasetDict
    from huggingface_hub.errors import HfHubHTTPError

    try:
        DatasetDict({"train": example("train", 0, 2)}).push_to_hub(repo)
    except HfHubHTTPError as error:
        return error.response.status_code


@pytest.mark.parametrize(("status", "work"), [(409, False), (412, False), (429, False), (504, True)])
def test_one_refused_commit_ends_a_push_of_python(hub, client, status, work):
    """The contract's measured weakness; a commit that answers 504 has happened all the same."""
    from fakes.hub import Status

    hub.fault("POST", "/commit/", action=Status(status, work=work))
    assert client(push_and_tell_the_error, "ns/reviews") == status
    repo = hub.repo("datasets", "ns/reviews")
    assert (repo.head.title == "Upload dataset") == work
    assert len(hub.requests.of("POST", "/commit/")) == 1


def use_files(folder):
    import pathlib

    from huggingface_hub import HfApi, hf_hub_download, snapshot_download

    api, repo = HfApi(), "ns/tools"
    source = pathlib.Path(folder) / "source"
    (source / "a" / "b").mkdir(parents=True)
    (source / "a" / "b" / "note.txt").write_text("note")
    (source / "large.bin").write_bytes(b"\0" * 1000)
    (source / "empty").touch()
    (source / "skipped.log").write_text("not wanted")
    api.create_repo(repo)
    api.upload_file(repo_id=repo, path_or_fileobj=b"*.log\n", path_in_repo=".gitignore")
    api.upload_folder(repo_id=repo, folder_path=source)
    api.create_tag(repo, tag="v1", tag_message="the first")
    api.create_branch(repo, branch="side/way")
    api.upload_file(repo_id=repo, path_or_fileobj=b"other", path_in_repo="a/b/note.txt", revision="side/way")
    read = {rev: pathlib.Path(hf_hub_download(repo, "a/b/note.txt", revision=rev)).read_text()
            for rev in ("main", "v1", "side/way")}
    whole = pathlib.Path(snapshot_download(repo))
    return {
        "read": read, "large": (whole / "large.bin").read_bytes() == b"\0" * 1000,
        "snapshot": sorted(str(path.relative_to(whole)) for path in whole.rglob("*") if path.is_file()),
    }


def test_files_and_folders_are_uploaded_and_downloaded_at_every_revision(hub, client, tmp_path):
    seen = client(use_files, str(tmp_path))
    assert seen["read"] == {"main": "note", "v1": "note", "side/way": "other"}
    assert seen["large"]
    assert seen["snapshot"] == [".gitattributes", ".gitignore", "a/b/note.txt", "empty", "large.bin"]
    repo = hub.repo("models", "ns/tools")
    assert repo.head.files["large.bin"].lfs and not repo.head.files["empty"].lfs


def look_around():
    from huggingface_hub import HfApi

    api, repo = HfApi(), "ns/many"
    tree = list(api.list_repo_tree(repo, recursive=True, expand=True))
    refs = api.list_repo_refs(repo, include_pull_requests=True)
    paths = api.get_paths_info(repo, ["folder/file-00.txt", "folder", "missing"], expand=True)
    info = api.model_info(repo, files_metadata=True)
    return {
        "tree": [entry.path for entry in tree], "last": tree[-1].last_commit.title,
        "refs": [[ref.ref for ref in kind] for kind in (refs.branches, refs.tags, refs.converts, refs.pull_requests)],
        "paths": [path.path for path in paths], "sizes": [file.size for file in info.siblings],
        "expanded": api.model_info(repo, expand=["sha", "gated"]).sha == info.sha,
        "log": [commit.title for commit in api.list_repo_commits(repo, formatted=True)],
        "whoami": api.whoami()["name"], "listed": [one.id for one in api.list_models(author="ns")],
        "lfs": [file.filename for file in api.list_lfs_files(repo)],
    }


def test_lists_are_complete_over_pages(hub, client):
    hub.settings.page_size = hub.settings.expanded_page_size = hub.settings.commits_page_size = 2
    repo = hub.add("models", "ns/many", {f"folder/file-{number:02}.txt": b"x" for number in range(5)})
    repo.commit({"large.bin": b"\0"}, "one large file")
    repo.refs.update({"refs/tags/v1": repo.head.oid, "refs/convert/parquet": repo.head.oid})
    seen = client(look_around)
    assert seen["tree"] == [".gitattributes", "folder", *(f"folder/file-0{number}.txt" for number in range(5)),
                            "large.bin"]
    assert seen["last"] == "one large file"
    assert seen["refs"] == [["refs/heads/main"], ["refs/tags/v1"], ["refs/convert/parquet"], []]
    assert seen["paths"] == ["folder/file-00.txt", "folder"]
    assert seen["sizes"] == [file.size for _, file in sorted(repo.head.files.items())]
    assert seen["log"] == ["one large file", "Upload files", "initial commit"]
    assert (seen["whoami"], seen["expanded"], seen["listed"]) == ("ns", True, ["ns/many"])
    assert seen["lfs"] == ["large.bin"]
    assert len(hub.requests.of("GET", "/tree/")) == 4


def use_pull_requests(repo):
    from huggingface_hub import CommitOperationDelete, HfApi

    api = HfApi()
    opened = api.upload_file(
        repo_id=repo, path_or_fileobj=b"new", path_in_repo="new.txt", create_pr=True, commit_message="Add new.txt"
    )
    draft = api.create_pull_request(repo, title="Remove old.txt")
    api.create_commit(
        repo, [CommitOperationDelete("old.txt")], commit_message="Remove old.txt", revision=draft.git_reference
    )
    api.change_discussion_status(repo, draft.num, "open")
    details = api.get_discussion_details(repo, draft.num)
    before = api.list_repo_files(repo)
    for num in (opened.pr_num, draft.num):
        api.merge_pull_request(repo, num)
    return [opened.pr_revision, draft.status, details.status, details.diff, before, api.list_repo_files(repo)]


def test_pull_requests_are_opened_and_merged_and_main_stays_as_it_is_until_then(hub, client):
    repo = hub.add("models", "ns/shared", {"old.txt": b"old\n"})
    revision, draft, status, diff, before, after = client(use_pull_requests, repo.id)
    assert (revision, draft, status) == ("refs/pr/1", "draft", "open")
    assert "--- a/old.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n" in diff
    assert before == [".gitattributes", "old.txt"]
    assert after == [".gitattributes", "new.txt"]


def meet_errors(calls):
    from huggingface_hub import HfApi, hf_hub_download

    def error_of(name, *arguments):
        try:
            if name == "download":
                hf_hub_download(arguments[0], arguments[1], revision=(*arguments, "main")[2])
            else:
                getattr(HfApi(), name)(*arguments)
        except Exception as error:
            return type(error).__name__

    return [error_of(*call) for call in calls]


def test_what_is_hidden_gated_disabled_or_missing_raises_the_errors_of_the_library(hub, client):
    for name in ("open", "hidden", "gated", "disabled"):
        hub.add("models", f"ns/{name}", {"file.txt": b"text"})
    hub.repo("models", "ns/hidden").private = True
    hub.repo("models", "ns/gated").gated = "manual"
    hub.repo("models", "ns/disabled").disabled = True
    wanted = {
        ("download", "ns/hidden", "file.txt"): "RepositoryNotFoundError",
        ("download", "ns/missing", "file.txt"): "RepositoryNotFoundError",
        ("download", "ns/gated", "file.txt"): "GatedRepoError",
        ("auth_check", "ns/gated"): "GatedRepoError",
        ("model_info", "ns/disabled"): "DisabledRepoError",
        ("download", "ns/open", "missing.txt"): "RemoteEntryNotFoundError",
        ("download", "ns/open", "file.txt", "missing"): "RevisionNotFoundError",
        ("model_info", "ns/gated"): None,
        ("list_repo_commits", "ns/hidden"): "RepositoryNotFoundError",
        ("create_repo", "ns/new"): "HfHubHTTPError",
        ("whoami",): None,
    }
    assert client(meet_errors, list(wanted), token="hf_other", home="other") == list(wanted.values())
    anonymous = {**wanted, ("whoami",): "LocalTokenNotFoundError"}
    assert client(meet_errors, list(anonymous), token=None, home="anonymous") == list(anonymous.values())
    shown = {call: error for call, error in wanted.items() if call[0] != "create_repo"}
    shown.update({call: None for call in shown if call[1:2] in (("ns/hidden",), ("ns/gated",))})
    assert client(meet_errors, list(shown)) == list(shown.values())


def change_repositories():
    import pathlib

    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import BadRequestError, HfHubHTTPError, RevisionNotFoundError

    api, statuses = HfApi(), []
    api.create_repo("ns/old", private=True)
    api.upload_file(repo_id="ns/old", path_or_fileobj=b"text", path_in_repo="file.txt")
    api.move_repo("ns/old", "org/new")
    api.upload_file(repo_id="ns/old", path_or_fileobj=b"more", path_in_repo="more.txt")
    text = pathlib.Path(hf_hub_download("ns/old", "more.txt")).read_text()
    assert api.repo_info("ns/old").id == "org/new"
    api.update_repo_settings("org/new", gated="auto", private=False)
    head = api.list_repo_commits("org/new")
    for call in (
        lambda: api.create_tag("org/new", tag="v1"), lambda: api.create_tag("org/new", tag="v1"),
        lambda: api.list_repo_commits("org/new", revision="missing"),
        lambda: api.upload_file(
            repo_id="org/new", path_or_fileobj=b"x", path_in_repo="x", parent_commit=head[-1].commit_id
        ),
        lambda: api.upload_file(
            repo_id="org/new", path_or_fileobj=b"---\n\ta: b\n---\n", path_in_repo="README.md"
        ),
        lambda: api.super_squash_history("org/new", branch="v1"), lambda: api.super_squash_history("org/new"),
        lambda: api.delete_repo("org/new"), lambda: api.repo_info("org/new"),
    ):
        try:
            call()
            statuses.append(200)
        except (HfHubHTTPError, BadRequestError, RevisionNotFoundError) as error:
            statuses.append(error.response.status_code)
        except ValueError:
            statuses.append("invalid card")
    return [text, len(head), statuses]


def test_repositories_are_moved_changed_squashed_and_deleted(hub, client):
    text, commits, statuses = client(change_repositories)
    assert (text, commits) == ("more", 3)
    assert statuses == [200, 409, 404, 412, "invalid card", 400, 200, 200, 404]
    moved = [one for one in hub.requests.of(path="ns/old") if one.status == 307]
    assert {one.method for one in moved} == {"GET", "HEAD", "POST"}
    assert not hub.repositories


def upload_large():
    from huggingface_hub import HfApi

    HfApi().upload_file(repo_id="ns/large", path_or_fileobj=bytes(range(256)) * 12_000, path_in_repo="large.bin")


@pytest.mark.parametrize("padded", [True, False])
def test_a_large_file_is_uploaded_in_parts(hub, client, padded):
    hub.settings.multipart_threshold = hub.settings.chunk_size = 1_000_000
    hub.settings.padded_keys = padded
    repo = hub.add("models", "ns/large")
    client(upload_large)
    assert repo.read("large.bin") == bytes(range(256)) * 12_000
    parts = hub.requests.of("PUT", "/upload/")
    assert [one.size for one in parts] == [1_000_000, 1_000_000, 1_000_000, 72_000]
    assert all("transfer-encoding" not in one.headers for one in parts)
    assert [one.status for one in hub.requests.of("POST", "/lfs/verify")] == [200]


def wait_and_upload(repo):
    from huggingface_hub import HfApi
    from huggingface_hub.utils import _http

    slept = []
    _http.time.sleep = slept.append
    HfApi().upload_file(repo_id=repo, path_or_fileobj=b"\0", path_in_repo="file.bin")
    return slept


def test_python_waits_for_a_spent_quota_and_tries_again_what_broke_off(hub, client):
    from fakes.hub import Reset, Status

    repo = hub.add("models", "ns/busy")
    hub.fault("POST", "/preupload/", action=Status(429, {"RateLimit": '"api";r=0;t=2'}))
    hub.fault("POST", "/objects/batch", action=Status(429, {"Retry-After": "4"}))
    hub.fault("PUT", "/upload/", action=Reset("received"))
    assert client(wait_and_upload, repo.id) == [3, 5, 1]
    assert repo.read("file.bin") == b"\0"


def test_a_path_before_every_route_is_kept_in_every_url(hub, client):
    hub.settings.prefix = "/pulp/hf"
    hub.settings.page_size = 2
    client.endpoint = hub.endpoint
    client(push_example, "ns/reviews")
    client(load_example, "ns/reviews", home="reader")
    outside = [one for one in hub.requests.of(origin="hub") if not one.path.startswith("/pulp/hf/")]
    assert outside == []


def test_it_runs_as_a_process_of_its_own_and_is_driven_over_http(hub, tmp_path):
    import urllib.request

    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.hub", "--folder", str(tmp_path / "alone")], cwd=ROOT, text=True,
        stdout=subprocess.PIPE,
    )
    try:
        addresses = json.loads(process.stdout.readline())

        def control(verb, **arguments):
            url = f"{addresses['control']}/_control/{verb}"
            with urllib.request.urlopen(urllib.request.Request(url, json.dumps(arguments).encode())) as answer:
                return json.load(answer)

        head = control("add", type="datasets", id="ns/d", files={"a.txt": "text"})
        control("fault", action="status", arguments={"code": 503}, route="/resolve/")
        url = f"{addresses['endpoint']}/datasets/ns/d/resolve/main/a.txt"
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(url)
        with urllib.request.urlopen(url) as answer:
            assert (answer.read(), answer.headers["X-Repo-Commit"]) == (b"text", head)
        assert [one["status"] for one in control("requests")] == [503, 307, 200]
        assert control("state", type="datasets", id="ns/d")["files"] == {"a.txt": 4}
    finally:
        process.terminate()
    assert process.wait(30) == 0
