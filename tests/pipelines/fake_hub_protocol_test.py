"""What the fake Hub answers byte for byte, where Python's libraries do not look."""

import base64
import hashlib
import json
import subprocess

import pytest
from raw_http import call

LARGE = b"\0" * 3000
SHA256 = hashlib.sha256(LARGE).hexdigest()
API = "/api/datasets/ns/d"


@pytest.fixture
def repo(hub):
    return hub.add("datasets", "ns/d", {"large.bin": LARGE, "a b/é.txt": b"text\n"})


@pytest.fixture
def ask(hub, repo):
    def ask(path, method="GET", body=None, token="hf_write", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return call(hub.endpoint + path, method, body, token, named)

    return ask


def commit(ask, *operations, rev="main", query="", token="hf_write", **header):
    lines = [{"key": "header", "value": {"summary": "change", **header}}]
    lines += [{"key": key, "value": value} for key, value in operations]
    body = "\n".join(map(json.dumps, lines)).encode()
    return ask(f"{API}/commit/{rev}{query}", "POST", body, token, Content_Type="application/x-ndjson")


def text_file(path, text="text"):
    return "file", {"path": path, "content": base64.b64encode(text.encode()).decode(), "encoding": "base64"}


@pytest.mark.parametrize("suffix", ["", ".git"])
def test_git_itself_clones_the_history_and_finds_it_sound(hub, repo, tmp_path, suffix):
    repo.commit({"a b/é.txt": None, "a/x": b"1", "a.b": b"2", "a-b": b"3"})
    subprocess.run(["git", "clone", "-q", f"{hub.endpoint}/datasets/ns/d{suffix}", tmp_path / "d"], check=True)

    def git(*arguments):
        return subprocess.check_output(["git", *arguments], cwd=tmp_path / "d", text=True)

    assert git("fsck", "--strict") == ""
    assert git("rev-parse", "HEAD", "HEAD^{tree}").split() == [repo.head.oid, repo.head.folders[""]]
    assert git("log", "--format=%s").split("\n")[:-1] == ["Upload files", "Upload files", "initial commit"]
    assert git("cat-file", "-p", "HEAD:large.bin").splitlines()[1:] == [f"oid sha256:{SHA256}", "size 3000"]
    assert git("ls-tree", "-r", "--name-only", "HEAD").split() == [".gitattributes", "a-b", "a.b", "a/x", "large.bin"]


def test_a_large_file_is_on_the_second_origin_until_its_url_expires(hub, repo, ask):
    found = ask("/datasets/ns/d/resolve/main/large.bin", "HEAD")
    assert found.status == 302
    assert found.headers["X-Repo-Commit"] == repo.head.oid
    assert found.headers["X-Linked-Etag"] == f'"{SHA256}"'
    assert found.headers["X-Linked-Size"] == "3000" != found.headers["Content-Length"]
    url = found.headers["Location"]
    assert url.startswith(hub.cdn)
    assert call(url).body == LARGE
    assert call(url, headers={"Range": "bytes=-10"}).headers["Content-Range"] == "bytes 2990-2999/3000"
    past = call(url, headers={"Range": "bytes=3000-"})
    assert (past.status, past.headers["Content-Range"]) == (416, "bytes */3000")
    assert call(url, token="hf_write").status == 400
    assert call(url.replace("Signature=", "Signature=0")).status == 403
    hub.clock.advance(hub.settings.url_life + 1)
    assert call(url).status == 403


def test_a_small_file_is_behind_a_relative_redirect_or_at_once(hub, repo, ask):
    path = "/datasets/ns/d/resolve/main/a%20b/%C3%A9.txt"
    moved = ask(path)
    assert (moved.status, moved.headers["Location"].partition("?")[0]) == (
        307, f"/api/resolve-cache/datasets/ns/d/{repo.head.oid}/a%20b/%C3%A9.txt")
    served = ask(moved.headers["Location"])
    assert (served.status, served.body, served.headers["X-Repo-Commit"]) == (200, b"text\n", repo.head.oid)
    assert served.headers["ETag"] == moved.headers["ETag"] == f'"{repo.head.files["a b/é.txt"].oid}"'
    hub.settings.resolve_cache = False
    assert ask(path).body == b"text\n"
    assert ask(path, If_None_Match=served.headers["ETag"]).status == 304
    assert ask("/datasets/ns/d/raw/main/large.bin").body.startswith(b"version https://git-lfs")


def test_a_moved_repository_is_found_at_its_old_name_with_method_and_query(hub, repo, ask):
    ask("/api/repos/move", "POST", {"fromRepo": "ns/d", "toRepo": "ns/e", "type": "dataset"})
    hub.moves["datasets", "legacy"] = "ns/e"
    for old, new in {
        "/api/datasets/ns/d": "/api/datasets/ns/e",
        "/api/datasets/legacy/tree/main?recursive=true": "/api/datasets/ns/e/tree/main?recursive=true",
        "/datasets/ns/d/resolve/main/large.bin?download=1": "/datasets/ns/e/resolve/main/large.bin?download=1",
        "/datasets/ns/d.git/info/lfs/objects/batch": "/datasets/ns/e.git/info/lfs/objects/batch",
    }.items():
        for method in ("GET", "HEAD", "POST"):
            answer = ask(old, method)
            assert (answer.status, answer.headers["Location"]) == (307, new)
    assert ask("/api/datasets/ns/dd").status == 404


def test_errors_have_the_codes_of_the_hub_and_hide_what_is_private(hub, repo, ask):
    def outcome(path, token, method="GET"):
        answer = ask(path, method, token=token)
        assert answer.headers["X-Request-Id"]
        return answer.status, answer.code

    missing = ask("/datasets/ns/d/resolve/main/none.txt")
    assert (missing.status, missing.code, missing.headers["X-Repo-Commit"]) == (404, "EntryNotFound", repo.head.oid)
    assert missing.json() == {"error": "Entry not found"}
    assert outcome(f"{API}/tree/main/none", None) == (404, "EntryNotFound")
    assert outcome(f"{API}/revision/none", None) == (404, "RevisionNotFound")
    assert outcome("/api/datasets/ns/none", None) == (401, "RepoNotFound")
    assert outcome("/api/datasets/ns/none", "hf_write") == (404, "RepoNotFound")
    assert ask(API, token="wrong").headers["X-Error-Message"] == "Invalid credentials in Authorization header"
    assert ask("/api/whoami-v2", token="wrong").json() == {"error": "Invalid user token."}
    repo.private = True
    hub.settings.code_for_hidden = False
    for token, wanted in {None: (401, None), "hf_other": (404, "RepoNotFound"), "hf_none": (404, "RepoNotFound"),
                          "hf_read": (200, None), "hf_write": (200, None)}.items():
        assert outcome(API, token) == outcome("/datasets/ns/d/raw/main/large.bin", token) == wanted
    assert outcome(f"{API}/auth-check/write", "hf_read") == (403, None)
    assert outcome(f"{API}/auth-check/write", "hf_write") == (200, None)
    repo.private, repo.disabled = False, True
    assert ask(API).headers["X-Error-Message"] == "Access to this resource is disabled."


def test_a_gate_opens_by_itself_or_by_its_owner(hub, repo, ask):
    def outcome(token="hf_other"):
        answer = ask("/datasets/ns/d/resolve/main/large.bin", token=token)
        return answer.status, answer.code

    for gate in ("auto", "manual"):
        repo.gated = gate
        repo.granted.clear()
        assert (outcome(None), outcome(), outcome("hf_read")) == ((401, "GatedRepo"), (403, "GatedRepo"), (302, None))
        assert ask(API, token=None).json()["gated"] == gate
        oid = repo.head.oid
        assert ask(f"/datasets/ns/d.git/objects/{oid[:2]}/{oid[2:]}", token=None).code == "GatedRepo"
        ask("/datasets/ns/d/ask-access", "POST", token="hf_other")
        assert outcome()[0] == (302 if gate == "auto" else 403)
    repo.granted |= repo.asked
    assert outcome() == (302, None)


def test_a_commit_is_all_or_nothing(hub, repo, ask):
    head = repo.head.oid
    large = {"path": "new.bin", "algo": "sha256", "oid": "0" * 64, "size": 1}
    for operations, header, status, code in (
        ([text_file("b.txt"), ("deletedFile", {"path": "none"})], {}, 404, "EntryNotFound"),
        ([text_file("b.txt"), ("deletedFolder", {"path": "large.bin/"})], {}, 404, "EntryNotFound"),
        ([text_file("b.txt"), ("lfsFile", large)], {}, 400, None),
        ([("lfsFile", {name: value for name, value in large.items() if name != "size"})], {}, 400, None),
        ([text_file("../b.txt")], {}, 400, None), ([text_file(".git/config")], {}, 400, None),
        ([text_file("large.bin/x")], {}, 400, None), ([("unknown", {"path": "x"})], {}, 400, None),
        ([text_file("b.txt")], {"parentCommit": repo.head.parents[0]}, 412, None),
        ([text_file("b.txt")], {"summary": ""}, 400, None),
    ):
        answer = commit(ask, *operations, **header)
        assert (answer.status, answer.code) == (status, code), answer.body
    assert commit(ask, text_file("b.txt"), token="hf_read").status == 403
    assert commit(ask, text_file("b.txt"), token="hf_other").status == 403
    assert commit(ask, text_file("b.txt"), token=None).status == 401
    assert repo.head.oid == head
    made = commit(ask, text_file("b.txt"), ("deletedFolder", {"path": "a b/"}), ("deletedEntry", {"path": "large.bin"}),
                  parentCommit=head)
    assert (made.status, made.json()["commitOid"], repo.files()) == (200, repo.head.oid, {"b.txt": 4})


def test_a_large_file_no_rule_names_gets_a_rule_of_its_own(hub, repo, ask):
    repo.objects[SHA256] = 3000
    large = {"path": "data/odd.name", "algo": "sha256", "oid": SHA256, "size": 3000}
    assert commit(ask, ("lfsFile", large)).status == 200
    assert repo.read(".gitattributes").endswith(b"\ndata/odd.name filter=lfs diff=lfs merge=lfs -text\n")
    assert repo.read("data/odd.name") == LARGE


def test_a_pull_request_is_for_everybody_and_its_merge_for_the_owner(hub, repo, ask):
    made = commit(ask, text_file("b.txt"), query="?create_pr=1", token="hf_other")
    assert made.json()["pullRequestUrl"] == f"{hub.endpoint}/datasets/ns/d/discussions/1"
    assert commit(ask, text_file("c.txt"), rev="refs%2Fpr%2F1", token="hf_other").status == 200
    assert (sorted(repo.files()), sorted(repo.files("refs/pr/1"))) == (
        ["a b/é.txt", "large.bin"], ["a b/é.txt", "b.txt", "c.txt", "large.bin"])
    assert ask(f"{API}/discussions/1/merge", "POST", {}, "hf_other").status == 403
    assert ask(f"{API}/discussions/1/ref", "DELETE").status == 400
    repo.commit({"c.txt": b"mine"})
    assert ask(f"{API}/discussions/1?diff=1").json()["filesWithConflicts"] == ["c.txt"]
    assert ask(f"{API}/discussions/1/merge", "POST", {}).status == 409
    commit(ask, ("deletedFile", {"path": "c.txt"}))
    assert ask(f"{API}/discussions/1/merge", "POST", {}).status == 200
    assert (repo.head.title, repo.files()["b.txt"], repo.files()["c.txt"]) == ("change (#1)", 4, 4)
    assert ask(f"{API}/discussions/1/ref", "DELETE").status == 200
    assert ask(f"{API}/refs?include_prs=1").json()["pullRequests"] == []


def test_preupload_decides_by_rules_size_and_content_and_tells_what_is_there(hub, repo, ask):
    repo.commit({".gitignore": b"*.log\nbuild/\n!keep.log\n"})
    hub.settings.regular_limit = 100
    files = {"x.parquet": b"t", "x.txt": b"t", "x.dat": b"\xff\0", "long.txt": b"t" * 101, "empty.bin": b"",
             "a.log": b"t", "keep.log": b"t", "build/x": b"t", "large.bin": LARGE}
    asked = [{"path": path, "size": len(data), "sample": base64.b64encode(data[:512]).decode()}
             for path, data in files.items()]
    answer = ask(f"{API}/preupload/main", "POST", {"files": asked}).json()
    told = {one["path"]: one for one in answer["files"]}
    assert {path for path, one in told.items() if one["uploadMode"] == "lfs"} == {
        "x.parquet", "x.dat", "long.txt", "large.bin"}
    assert {path for path, one in told.items() if one["shouldIgnore"]} == {"a.log", "build/x"}
    assert {path: one["oid"] for path, one in told.items() if "oid" in one} == {"large.bin": SHA256}
    assert answer["commitOid"] == repo.head.oid


def test_lfs_uploads_are_checked_and_not_asked_for_twice(hub, repo, ask):
    def batch(oid, size, **more):
        body = {"operation": "upload", "transfers": ["basic", "multipart"], "objects": [{"oid": oid, "size": size}],
                "ref": {"name": "main"}, **more}
        return ask("/datasets/ns/d.git/info/lfs/objects/batch", "POST", body).json()

    assert "actions" not in batch(SHA256, 3000)["objects"][0]
    assert batch("0" * 64, 0)["objects"][0]["error"]["code"] == 422
    data = b"\1" * 250
    oid = hashlib.sha256(data).hexdigest()
    href = batch(oid, 250)["objects"][0]["actions"]["upload"]["href"]
    assert call(href, "PUT", data[:-1]).status == 400
    assert call(href, "PUT", data, token="hf_write").status == 400
    assert oid not in repo.objects
    hub.settings.multipart_threshold = hub.settings.chunk_size = 100
    upload = batch(oid, 250)["objects"][0]["actions"]["upload"]
    assert upload["header"].keys() == {"chunk_size", "00001", "00002", "00003"}
    assert upload["header"]["chunk_size"] == "100"
    etags = [call(upload["header"][f"0000{part + 1}"], "PUT", data[part * 100:part * 100 + 100]).headers["ETag"]
             for part in range(3)]
    parts = [{"partNumber": number, "etag": etag} for number, etag in enumerate(etags, 1)]
    assert call(upload["href"], "POST", {"oid": oid, "parts": parts[:2]}).status == 400
    unquoted = [{**part, "etag": part["etag"].strip('"')} for part in parts]
    assert call(upload["href"], "POST", {"oid": oid, "parts": unquoted}).status == 400
    assert call(upload["href"], "POST", {"oid": oid, "parts": parts}).status == 200
    assert call(upload["href"], "POST", {"oid": oid, "parts": parts}).status == 200
    assert repo.objects[oid] == 250
    hub.settings.padded_keys = False
    assert batch("0" * 64, 250)["objects"][0]["actions"]["upload"]["header"].keys() == {"chunk_size", "1", "2", "3"}
    got = batch(oid, 250, operation="download")["objects"][0]["actions"]["download"]["href"]
    assert call(got).body == data


def test_large_files_are_listed_made_known_to_another_repository_and_forgotten(hub, repo, ask):
    other = hub.add("models", "ns/m")
    large = "lfsFile", {"path": "copy.bin", "algo": "sha256", "oid": SHA256}
    line = json.dumps({"key": "header", "value": {"summary": "copy"}}) + "\n"
    body = (line + json.dumps({"key": large[0], "value": large[1]})).encode()
    ndjson = {"Content_Type": "application/x-ndjson"}
    assert ask("/api/models/ns/m/commit/main", "POST", body, **ndjson).status == 400
    asked = {"target": {"type": "model", "name": "ns/m"}, "files": [{"sha256": SHA256, "filename": "copy.bin"}]}
    assert ask(f"{API}/lfs-files/duplicate", "POST", asked).json()["success"]
    assert ask("/api/models/ns/m/commit/main", "POST", body, **ndjson).status == 200
    assert other.read("copy.bin") == LARGE
    assert [one["filename"] for one in ask(f"{API}/lfs-files").json()] == ["large.bin"]
    ask(f"{API}/lfs-files/batch", "POST", {"deletions": {"sha": [SHA256], "rewriteHistory": True}})
    assert (ask(f"{API}/lfs-files").json(), sorted(repo.files())) == ([], ["a b/é.txt"])
    assert commit(ask, large).status == 400


def test_a_repository_is_created_once_private_where_asked_and_only_in_an_own_namespace(hub, repo, ask):
    def create(name, token="hf_write", **fields):
        return ask("/api/repos/create", "POST", {"name": name, "type": "dataset", **fields}, token)

    made = create("new", organization="org", visibility="private")
    assert made.json() == {"url": f"{hub.endpoint}/datasets/org/new", "name": "org/new",
                           "id": hub.repo("datasets", "org/new").key}
    assert hub.repo("datasets", "org/new").private
    assert create("old", private=True).status == 200 and hub.repo("datasets", "ns/old").private
    again = create("d")
    assert (again.status, again.json()["error"]) == (409, "You already created this dataset repo")
    assert again.json()["url"] == f"{hub.endpoint}/datasets/ns/d"
    filled = create("filled", files=[{"path": "a.txt", "content": "YQ==", "encoding": "base64"}])
    assert (filled.status, hub.repo("datasets", "ns/filled").files()) == (200, {"a.txt": 1})
    assert [create(name).status for name in ("a--b", "a..b", ".a", "a.git", "a/b", "")] == [400] * 6
    assert create("x", organization="other").status == 403
    assert create("x", token="hf_read").status == 403
    assert create("x", token=None).status == 401
    assert ask("/api/repos/create", "POST", {"name": "app", "type": "space"}).status == 400


def test_a_body_in_chunks_is_read_but_not_by_the_storage(hub, repo, ask):
    lines = [b'{"key": "header", "value": {"summary": "one"}}\n',
             b'{"key": "file", "value": {"path": "b.txt", "content": "b", "encoding": "utf-8"}}\n']
    ndjson = {"Content-Type": "application/x-ndjson"}
    assert call(f"{hub.endpoint}{API}/commit/main", "POST", iter(lines), "hf_write", ndjson).status == 200
    assert repo.read("b.txt") == b"b"
    assert call(hub.sign("PUT", f"/upload/{SHA256}", size=3000), "PUT", iter([LARGE])).status == 501


def test_quotas_are_counted_per_policy_and_caller_and_told_in_headers(hub, repo, ask):
    hub.clock.stop()
    hub.limits.set("api", 2)
    first, second, third = (ask(API) for _ in range(3))
    assert first.headers["RateLimit"] == '"api";r=1;t=300'
    assert first.headers["RateLimit-Policy"] == '"fixed window";"api";q=2;w=300'
    assert (second.status, third.status, third.headers["RateLimit"]) == (200, 429, '"api";r=0;t=300')
    assert ask(API, token=None).status == 200
    assert ask("/datasets/ns/d/resolve/main/large.bin").headers["RateLimit"] == '"resolvers";r=4999;t=300'
    hub.clock.advance(300)
    assert ask(API).status == 200


def test_a_quota_of_commits_is_spent_while_requests_are_left(hub, repo, ask):
    hub.limits.set_commits(1)
    assert commit(ask, text_file("b.txt")).status == 200
    refused = commit(ask, text_file("c.txt"))
    assert refused.status == 429
    assert "repository commits (1 per hour)" in refused.json()["error"]
    assert ";r=0;" not in refused.headers["RateLimit"]
    assert "c.txt" not in repo.files()


def test_listings_take_json_and_trailing_slashes_and_refuse_too_many_paths(hub, repo, ask):
    tree = ask(f"{API}/tree/{repo.head.oid}/").json()
    assert [(one["type"], one["path"]) for one in tree] == [
        ("directory", "a b"), ("file", ".gitattributes"), ("file", "large.bin")]
    assert tree[2]["lfs"] == {"oid": SHA256, "size": 3000, "pointerSize": 129}
    assert ask(f"{API}/tree/main/a%20b").json()[0]["path"] == "a b/é.txt"
    found = ask(f"{API}/paths-info/main", "POST", {"paths": ["large.bin", "none"], "expand": False}).json()
    assert [one["path"] for one in found] == ["large.bin"]
    assert ask(f"{API}/paths-info/main", "POST", {"paths": ["x"] * 1001}).status == 413
    assert ask(f"{API}/treesize/main/a%20b").json()["size"] == 5
    difference = ask(f"{API}/compare/{repo.head.parents[0]}..main").body.decode()
    assert f"+oid sha256:{SHA256}\n" in difference and "+++ b/a b/é.txt\n@@ -0,0 +1 @@\n+text\n" in difference


def test_branches_are_made_kept_and_squashed(hub, repo, ask):
    assert ask(f"{API}/branch/side%2Fway", "POST", {}).status == 200
    assert ask(f"{API}/branch/side%2Fway", "POST", {}).status == 409
    assert ask(f"{API}/branch/empty", "POST", {"emptyBranch": True}).status == 200
    assert repo.commit_at("empty").files == {}
    assert ask(f"{API}/branch/main", "DELETE").status == 403
    assert ask(f"{API}/tag/none", "POST", {"tag": "v1"}).code == "RevisionNotFound"
    assert ask(f"{API}/super-squash/side%2Fway", "POST", {"message": "one"}).status == 200
    squashed = repo.commit_at("side/way")
    assert (squashed.parents, squashed.files, squashed.title) == ((), repo.head.files, "one")
    assert ask(f"{API}/branch/side%2Fway", "DELETE").status == 200


def test_xet_headers_are_there_where_they_are_switched_on(hub, repo, ask):
    path = "/datasets/ns/d/resolve/main/large.bin"
    assert ask(path, "HEAD").headers["X-Xet-Hash"] is None
    hub.settings.xet_hashes = True
    headers = ask(path, "HEAD").headers
    assert len(headers["X-Xet-Hash"]) == 64
    assert 'rel="xet-auth"' in headers["Link"]
    assert ask(f"{API}/tree/main").json()[2]["xetHash"] == headers["X-Xet-Hash"]


def test_a_space_goes_through_the_stages_that_a_test_scripts(hub, ask):
    space = hub.add("spaces", "ns/app").space
    space.stage, space.restarts = "PAUSED", ("BUILDING", "RUNTIME_ERROR")
    space.error = "Exit code: 1"
    assert ask("/api/spaces/ns/app/restart?factory=true", "POST").json()["stage"] == "PAUSED"
    assert [ask("/api/spaces/ns/app/runtime").json()["stage"] for _ in range(3)] == [
        "BUILDING", "RUNTIME_ERROR", "RUNTIME_ERROR"]
    ask("/api/spaces/ns/app/secrets", "POST", {"key": "KEY", "value": "hidden"})
    assert b"hidden" not in ask("/api/spaces/ns/app/secrets").body
    assert ask("/api/spaces/ns/app/secrets", "POST", {"key": "1KEY", "value": ""}).status == 400
    assert ask("/api/spaces/ns/app/pause", "POST", token="hf_other").status == 403
    space.sdk = "static"
    assert ask("/api/spaces/ns/app/pause", "POST").status == 400
    assert ask(f"{API}/runtime").status == 404
