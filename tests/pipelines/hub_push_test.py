"""What the program pushes to a Hub, judged by Python's own libraries and by what the fake Hub was asked."""

import io
import json
import re
import threading

import pyarrow.parquet
import pytest
from fakes.hub import Do, Expired, Reset, Stall, Status
from fakes.hub.answers import as_json
from fakes.hub.faults import Action

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

TOKEN = "hf_write"
NOT_ALLOWED, UNAVAILABLE = 4, 5  # exit codes
CARD = "---\nlicense: mit # ours\nlanguage:\n- en\n---\n\n# Title\n\nwords\n"

NUMBERS = """
local tw = require "tideway"

return tw.pipeline {
  name = "numbers",
  params = { first = 1, count = 4, splits = 1, dataset = "ns/numbers", tag = "", message = "Upload dataset",
    visibility = "", restart = "" },
  run = function(job)
    local p = job.params
    local parts = {}
    for part = 1, p.splits do
      local rows, first = {}, p.first + (part - 1) * p.count
      for i = 1, p.count do rows[i] = { n = first + i - 1, class = ({ "a", "b" })[i % 2 + 1] } end
      parts[part == 1 and "train" or "train" .. part] = tw.dataset.from_rows(rows)
        :encode("class", tw.labels { "a", "b" }, { as = "label" }):select { "n", "label" }
    end
    local tag = p.tag ~= "" and p.tag or nil
    local pushed = tw.hub.dataset(p.dataset):push(parts, {
      tag = tag, message = p.message, visibility = p.visibility ~= "" and p.visibility or nil,
      restart = p.restart ~= "" and tw.json.decode(p.restart) or nil,
    })
    print(("changed=%s commit=%s tag=%s restarted=%s"):format(pushed.changed, pushed.commit, pushed.tag,
      table.concat(pushed.restarted, "+")))
  end,
}
"""


@pytest.fixture
def push(tideway, hub):
    """Runs the numbers pipeline with these parameters; tells the result and leaves nothing out."""
    script = tideway.folder / "numbers.lua"
    script.write_text(NUMBERS)

    def run(code=0, token=TOKEN, verb="run", env=None, **params):
        given = [word for name, value in params.items() for word in ("-p", f"{name}={value}")]
        options = ["--fresh"] if verb == "run" else []
        settings = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", **(env or {})}
        if token:
            settings["HF_TOKEN"] = token
        result = tideway(verb, script, *options, *given, env=settings)
        assert result.code == code, result.err
        return result

    return run


def read_numbers(repo):
    from datasets import load_dataset

    loaded = load_dataset(repo)
    return {name: [split["n"][:], split.features["label"].names, split["label"][:]] for name, split in loaded.items()}


def commits_of(hub, name="ns/numbers"):
    repo = hub.repo("datasets", name)
    return [commit.title for commit in repo.log(repo.head)]


def test_python_loads_what_was_pushed_rows_order_and_label_names(hub, push, client):
    push(first=5, count=4)
    assert client(read_numbers, "ns/numbers") == {"train": [[5, 6, 7, 8], ["a", "b"], [1, 0, 1, 0]]}
    assert commits_of(hub) == ["Upload dataset", "initial commit"]


def test_a_new_repository_is_private_from_the_first_request_on(hub, push):
    push()
    assert hub.repo("datasets", "ns/numbers").private
    created = hub.requests.of("POST", "/api/repos/create")
    assert [json.loads(one.body)["private"] for one in created] == [True]
    assert hub.requests.of("PUT", "/settings") == []


def test_a_repository_is_made_as_visible_as_it_is_wanted_and_one_that_exists_is_not_changed(hub, push):
    for wanted in ("private", "public"):
        name = f"ns/{wanted}"
        assert "stays so" not in push(dataset=name, visibility=wanted).err
        assert hub.repo("datasets", name).private == (wanted == "private")
        assert "stays so" not in push(dataset=name, visibility=wanted, count=5).err
        assert "stays so" not in push(dataset=name, count=6).err
        other = {"private": "public", "public": "private"}[wanted]
        warned = push(dataset=name, visibility=other, count=7).err
        assert f"warning: hub: {name} is {wanted} and stays so: change it at {hub.endpoint}/datasets/{name}" in warned
        assert hub.repo("datasets", name).private == (wanted == "private")
    assert hub.requests.of("PUT", "/settings") == []


def test_one_that_somebody_else_makes_meanwhile_is_looked_at(hub, push):
    hub.fault("POST", "/repos/create", action=Do(lambda request: hub.add("datasets", "ns/numbers")))
    assert "ns/numbers is public and stays so" in push(visibility="private").err


def test_spaces_are_restarted_after_a_push_that_changed_something(hub, push):
    spaces = [hub.add("spaces", f"ns/app{number}").space for number in (1, 2)]
    names = '["ns/app1","hf://spaces/ns/app2"]'
    assert "restarted=ns/app1+ns/app2" in push(restart=names).out
    assert all(space.script for space in spaces)
    assert "restarted=\n" in push(restart=names).out
    assert "restarted=ns/app2" in push(restart='"ns/app2"', count=5).out
    order = [one.path for one in hub.requests.of("POST") if "/restart" in one.path or "/commit/" in one.path]
    assert [path.rpartition("/")[2] for path in order] == ["main", "restart", "restart", "main", "restart"]


def test_a_space_that_cannot_be_restarted_is_a_warning(hub, push):
    hub.add("spaces", "ns/app")
    hub.add("spaces", "other/app")
    done = push(restart='["ns/none","other/app","ns/app"]')
    assert "restarted=ns/app\n" in done.out and "changed=true" in done.out
    assert "warning: hub: no space ns/none" in done.err
    assert "warning: hub: space other/app: the token of HF_TOKEN may not restart it" in done.err


def test_wrong_visibilities_and_spaces_are_refused_before_any_call(hub, push):
    for options, words in (
        ({"visibility": "pubic"}, "did you mean `public`?"), ({"restart": '"app"'}, "not a Space: `app`"),
        ({"restart": "[1]"}, "option `restart` must be a string or a list of strings"),
    ):
        assert words in push(code=2, **options).err
    assert not hub.requests


def test_check_tells_which_spaces_it_would_restart_and_restarts_none(hub, push):
    hub.add("spaces", "ns/app")
    planned = push(verb="check", restart='["ns/app","ns/none"]').out
    assert "restart space ns/app after a push that changes something\nrestart" in planned
    assert "restart space ns/none after a push that changes something\n  but: hub: no space ns/none" in planned
    assert hub.requests.of("POST") == []


def test_a_card_that_the_hub_refuses_is_told_in_its_words_before_anything_is_sent(hub, push):
    answer = {"errors": [{"message": '"license" must be one of\n[mit]'}], "warnings": []}
    hub.fault("POST", "/validate-yaml", call="every", action=Status(400, body=answer))
    refused = push(code=1)
    assert 'the Hub refuses the card of ns/numbers: "license" must be one of [mit]' in refused.err
    assert f"{hub.endpoint}/datasets/ns/numbers/blob/main/README.md" in refused.err
    assert commits_of(hub) == ["initial commit"] and not hub.requests.of("PUT")


def test_what_the_hub_warns_of_in_a_card_is_logged_and_the_commit_made(hub, push):
    answer = {"errors": [], "warnings": [{"message": "no license"}, {"message": "no language"}]}
    hub.fault("POST", "/validate-yaml", action=Status(200, body=answer))
    assert "warning: hub: ns/numbers: the card: no license; no language" in push().err
    assert commits_of(hub)[0] == "Upload dataset"
    asked = json.loads(hub.requests.of("POST", "/validate-yaml")[0].body)
    assert asked["repoType"] == "dataset"
    assert asked["content"].encode() == hub.repo("datasets", "ns/numbers").read("README.md")


@pytest.mark.parametrize("trouble", [Status(404), Status(405), Status(500), Status(200, body=b"<html>")])
def test_a_server_without_an_opinion_of_cards_gets_the_commit(hub, push, trouble):
    hub.fault("POST", "/validate-yaml", call="every", action=trouble)
    assert "changed=true" in push().out


def test_the_same_again_makes_no_commit_and_sends_no_file(hub, push):
    push(tag="v1")
    sent = len(hub.requests.of("PUT"))
    again = push(tag="v1")
    assert "nothing changed" in again.err
    assert commits_of(hub) == ["Upload dataset", "initial commit"]
    assert len(hub.requests.of("PUT")) == sent == 1


def test_fewer_splits_leave_no_stale_file(hub, push, client):
    push(splits=3)
    push(splits=1, count=2)
    files = hub.repo("datasets", "ns/numbers").files()
    assert [path for path in files if path.startswith("data/")] == ["data/train-00000-of-00001.parquet"]
    assert list(client(read_numbers, "ns/numbers")) == ["train"]


def test_the_text_and_the_other_keys_of_a_card_stay(hub, push, client):
    repo = hub.add("datasets", "ns/numbers", {"README.md": CARD.encode(), "notes.txt": b"mine"})
    push()
    card = repo.read("README.md").decode()
    assert card.startswith("---\nlicense: mit # ours\nlanguage:\n- en\n")
    assert card.endswith("---\n\n# Title\n\nwords\n")
    assert repo.read("notes.txt") == b"mine"
    assert client(read_numbers, "ns/numbers")["train"][0] == [1, 2, 3, 4]


def test_the_tag_points_to_the_commit_and_is_given_once(hub, push):
    pushed = push(tag="v1")
    repo = hub.repo("datasets", "ns/numbers")
    assert repo.refs["refs/tags/v1"] == repo.head.oid
    assert f"changed=true commit={repo.head.oid} tag=v1" in pushed.out
    refused = push(code=1, tag="v1", count=5)
    assert "the tag exists: v1" in refused.err
    assert len(commits_of(hub)) == 2


COMMIT_TROUBLES = {
    f"{code}{' after the work' if work else ''}": Status(code, work=work)
    for code in (409, 412, 429, 500, 502, 504) for work in (False, True)
} | {f"reset when {when}": Reset(when) for when in ("received", "asked", "answered")}


@pytest.mark.parametrize("trouble", COMMIT_TROUBLES)
def test_trouble_at_the_commit_ends_in_one_correct_commit(hub, push, client, trouble):
    fault = hub.fault("POST", "/commit/", action=COMMIT_TROUBLES[trouble])
    pushed = push(tag="v1")
    assert fault.hit.is_set()
    repo = hub.repo("datasets", "ns/numbers")
    assert commits_of(hub) == ["Upload dataset", "initial commit"]
    assert repo.refs["refs/tags/v1"] == repo.head.oid
    assert "changed=true" in pushed.out
    assert len(hub.requests.of("PUT")) == 1
    assert client(read_numbers, "ns/numbers")["train"][0] == [1, 2, 3, 4]


def test_a_quota_of_commits_is_told_and_not_asked_again(hub, push):
    words = "You have exceeded the rate limit for repository commits (128 per hour). Retry in about 1 hour."
    headers = {"RateLimit": '"api";r=949;t=100'}
    hub.fault("POST", "/commit/", call="every", action=Status(429, headers, {"error": words}))
    refused = push(code=UNAVAILABLE)
    assert "no more commits are allowed for now" in refused.err and "128 per hour" in refused.err
    assert "wait about an hour" in refused.err
    assert len(hub.requests.of("POST", "/commit/")) == 1
    hub.faults.clear()
    push()
    assert len(hub.requests.of("PUT")) == 1


def test_a_commit_just_before_ours_stays(hub, push, client):
    repo = hub.add("datasets", "ns/numbers", {"README.md": b"# Before\n"})
    theirs = {"README.md": b"---\nlicense: mit\n---\n# After\n", "theirs.txt": b"theirs"}
    hub.fault("POST", "/commit/", action=Do(lambda request: repo.commit(theirs, "Theirs")))
    push()
    assert commits_of(hub) == ["Upload dataset", "Theirs", "Upload files", "initial commit"]
    card = repo.read("README.md").decode()
    assert "license: mit" in card and card.endswith("# After\n")
    assert repo.read("theirs.txt") == b"theirs"
    assert len(hub.requests.of("PUT")) == 1
    assert client(read_numbers, "ns/numbers")["train"][0] == [1, 2, 3, 4]


def test_a_removed_file_that_goes_just_before_ours_is_no_obstacle(hub, push):
    push(splits=2)
    repo = hub.repo("datasets", "ns/numbers")
    gone = {"data/train2-00000-of-00001.parquet": None}
    hub.fault("POST", "/commit/", action=Do(lambda request: repo.commit(gone, "Theirs")))
    push(splits=1)
    assert commits_of(hub)[:2] == ["Upload dataset", "Theirs"]


def test_an_object_that_the_hub_has_lost_is_sent_again(hub, push):
    repo = hub.add("datasets", "ns/numbers")
    hub.fault("POST", "/commit/", action=Do(lambda request: repo.objects.clear()))
    push()
    assert len(hub.requests.of("PUT")) == 2
    assert commits_of(hub)[0] == "Upload dataset"


def test_an_expired_address_is_asked_for_once_more(hub, push):
    hub.fault("PUT", "/upload/", action=Expired())
    push()
    assert [one.status for one in hub.requests.of("PUT")] == [403, 200]
    assert len(hub.requests.of("POST", "/objects/batch")) == 2
    hub.fault("PUT", "/upload/", call="every", action=Expired())
    assert "refuses the address" in push(code=UNAVAILABLE, count=9).err


@pytest.mark.parametrize("padded", [True, False])
def test_a_large_file_goes_in_parts(hub, push, client, padded):
    hub.settings.multipart_threshold, hub.settings.chunk_size, hub.settings.padded_keys = 1000, 1000, padded
    hub.settings.verify = padded
    hub.fault("PUT", "/upload/", call=2, action=Status(500))
    hub.fault("POST", "/complete_multipart", action=Reset("answered"))
    push(count=3000)
    parts = [one for one in hub.requests.of("PUT") if one.status == 200]
    assert len(parts) > 3 and sum(one.size == 1000 for one in parts) == len(parts) - 1
    assert all("transfer-encoding" not in one.headers and "content-length" in one.headers for one in parts)
    assert client(read_numbers, "ns/numbers")["train"][0] == list(range(1, 3001))


def test_parts_that_have_expired_are_sent_anew(hub, push, client):
    hub.settings.multipart_threshold = hub.settings.chunk_size = 1000
    hub.fault("PUT", "/upload/", call=3, action=Expired())
    push(count=3000)
    assert client(read_numbers, "ns/numbers")["train"][0] == list(range(1, 3001))


def test_a_killed_push_goes_on_with_the_parts_that_are_missing(hub, push, tideway, client):
    hub.settings.multipart_threshold = hub.settings.chunk_size = 1000
    hub.fault("PUT", "/upload/", call=range(4, 100), action=Stall("received"))
    home = tideway.folder / "home"

    def part_of(request):
        return re.search(r"partNumber=(\d+)", request.query)[1]

    def noted():
        return sum(len(path.read_text().splitlines()) - 1 for path in (home / "tideway" / "uploads").glob("*"))

    settings = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": home, "HF_TOKEN": TOKEN}
    killed = tideway.start("run", tideway.folder / "numbers.lua", "-p", "count=3000", env=settings)
    while noted() < 3:
        assert killed.poll() is None, killed.stderr.read()
    killed.kill()
    killed.communicate()
    hub.faults.release()
    hub.faults.clear()
    before = [part_of(one) for one in hub.requests.of("PUT") if one.status == 200][:3]
    hub.requests.clear()
    assert "goes on with an upload that was begun before" in push(count=3000).err
    again = [part_of(one) for one in hub.requests.of("PUT")]
    assert again and not set(before) & set(again)
    assert client(read_numbers, "ns/numbers")["train"][0] == list(range(1, 3001))
    assert not list((home / "tideway" / "uploads").iterdir())


def test_an_ignored_file_is_left_out_and_told(hub, push):
    repo = hub.add("datasets", "ns/numbers", {".gitignore": b"dataset_metadata.json\n"})
    pushed = push()
    assert "dataset_metadata.json is left out" in pushed.err
    assert "dataset_metadata.json" not in repo.files()


def test_a_killed_push_goes_on_without_sending_again_what_arrived(hub, push, tideway):
    arrived = threading.Semaphore(0)
    hub.fault("POST", "/lfs/verify", call="every", action=Do(lambda request: arrived.release()))
    hub.fault("PUT", "/upload/", call=range(3, 100), action=Stall("received"))
    settings = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": TOKEN}
    killed = tideway.start("run", tideway.folder / "numbers.lua", "-p", "splits=8", env=settings)
    assert arrived.acquire(timeout=60) and arrived.acquire(timeout=60)
    killed.kill()
    killed.communicate()
    stored = set(hub.repo("datasets", "ns/numbers").objects)
    hub.faults.release()
    hub.faults.clear()
    hub.requests.clear()
    push(splits=8)
    sent = {one.path.rpartition("/")[2] for one in hub.requests.of("PUT")}
    assert len(stored) == 2 and sent and not sent & stored
    assert commits_of(hub) == ["Upload dataset", "initial commit"]


@pytest.mark.parametrize("tag", ["v1", "v2"])
def test_a_push_that_ended_before_its_tag_is_tagged_by_the_next(hub, push, tag):
    hub.fault("POST", "/tag/", call="every", action=Status(403))
    failed = push(code=NOT_ALLOWED, tag="v1")
    assert "published as" in failed.err and "not tagged" in failed.err
    hub.faults.clear()
    pushed = push(tag=tag)
    assert "changed=false" in pushed.out and f"tag={tag}" in pushed.out
    assert f"what is there had no tag, and is {tag} now" in pushed.err
    repo = hub.repo("datasets", "ns/numbers")
    assert [ref for ref in repo.refs if "tags" in ref] == [f"refs/tags/{tag}"]
    assert repo.refs[f"refs/tags/{tag}"] == repo.head.oid


def push_as_python_does(repo):
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

    features = Features({"n": Value("int64"), "label": ClassLabel(names=["a", "b"])})
    rows = [{"n": n, "label": n % 2} for n in range(1, 5)]
    DatasetDict({"train": Dataset.from_list(rows, features=features)}).push_to_hub(repo)


def test_card_and_parquet_say_what_those_of_python_say(hub, push, client):
    push()
    client(push_as_python_does, "ns/theirs")
    ours, theirs = (hub.repo("datasets", name) for name in ("ns/numbers", "ns/theirs"))
    sizes = re.compile(rb"(download_size): \d+")
    assert sizes.sub(b"", ours.read("README.md")) == sizes.sub(b"", theirs.read("README.md"))
    path = "data/train-00000-of-00001.parquet"
    schemas = [pyarrow.parquet.read_schema(io.BytesIO(repo.read(path))) for repo in (ours, theirs)]
    assert schemas[0].metadata[b"huggingface"] == schemas[1].metadata[b"huggingface"]


def test_who_may_not_write_is_told_so_before_anything_is_sent(hub, push):
    hub.add("datasets", "ns/numbers")
    for token, words in (
        (None, "there is no token"), ("hf_wrong", "HF_TOKEN is wrong"), ("hf_read", "write token"),
        ("hf_other", "don't have the right"),
    ):
        assert words in push(code=NOT_ALLOWED, token=token).err
        assert words in push(code=NOT_ALLOWED, token=token, verb="check").err
    assert not hub.requests.of("PUT") and not hub.requests.of("POST")


def test_check_asks_and_changes_nothing(hub, push):
    assert "push ns/numbers" in push(verb="check").out
    assert hub.requests.of("POST") == [] and not hub.repositories
    refused = push(code=NOT_ALLOWED, verb="check", dataset="foreign/numbers")
    assert "no dataset foreign/numbers" in refused.err and "ns/numbers" in refused.err


def test_the_token_and_what_signs_a_url_are_in_no_log_receipt_or_error(hub, push, tideway):
    refused = push(code=NOT_ALLOWED, dataset="other/numbers")
    traced = push(env={"LOG_LEVEL": "trace"})
    assert "PUT" in traced.err and "/upload/" in traced.err
    kept = b"".join(file.read_bytes() for file in (tideway.folder / ".tideway").rglob("*") if file.is_file())
    shown = refused.err + refused.out + traced.err + traced.out + kept.decode(errors="replace")
    assert "ns/numbers" in shown and TOKEN not in shown
    assert not re.search(r"Signature=[0-9a-f]{8}", shown)
    assert all(one.headers["authorization"] == f"Bearer {TOKEN}" for one in hub.requests.of("POST", "/commit/"))


def test_two_programs_at_once_both_publish_one_after_the_other(hub, push, tideway, client):
    settings = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": TOKEN}
    script = tideway.folder / "numbers.lua"
    both = [tideway.start("run", script, "-p", f"first={first}", "-p", f"message=From {first}", env=settings)
            for first in (10, 20)]
    for process in both:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    titles = commits_of(hub)
    assert sorted(titles) == ["From 10", "From 20", "initial commit"]
    first = int(titles[0].split()[1])
    assert client(read_numbers, "ns/numbers")["train"][0] == [first, first + 1, first + 2, first + 3]


def test_the_receipt_names_each_file_with_its_hash_and_rows(hub, push, tideway):
    push()
    outputs = tideway.receipts()[-1]["outputs"]
    assert [one["uri"] for one in outputs] == ["ns/numbers/data/train-00000-of-00001.parquet"]
    assert outputs[0]["rows"] == 4
    assert outputs[0]["hash"].removeprefix("sha256:") in hub.repo("datasets", "ns/numbers").objects


def test_an_endpoint_with_a_path_and_a_renamed_repository_are_written_to(hub, push):
    hub.settings.prefix = "/pulp/hf"
    repo = hub.add("datasets", "ns/old")
    hub.rename(repo, "ns/new")
    push(dataset="hf://datasets/ns/old")
    assert repo.head.title == "Upload dataset"
    assert [one for one in hub.requests.of(origin="hub") if not one.path.startswith("/pulp/hf/")] == []


def test_a_server_without_the_newer_calls_is_written_to(hub, push, client):
    for method, route in (("GET", "/auth-check"), ("POST", "/validate-yaml"), ("POST", "/paths-info"),
                          ("POST", "/discussions")):
        hub.fault(method, route, call="every", action=Status(404, body=b"404 page not found"))
    push()
    push(count=5)
    assert commits_of(hub) == ["Upload dataset", "Upload dataset", "initial commit"]
    assert client(read_numbers, "ns/numbers")["train"][0] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("trouble", [None, "merge", "merge after the work", "part", "no pull requests"])
def test_many_files_appear_at_once(hub, push, trouble):
    if trouble == "no pull requests":
        hub.fault("POST", "/discussions", call="every", action=Status(404, body=b"404 page not found"))
    elif trouble == "part":
        hub.fault("POST", "/commit/", call=2, action=Reset("answered"))
    elif trouble:
        hub.fault("POST", "/merge", action=Status(504, work="after" in trouble))
    push(splits=260, count=1, tag="v1")
    repo = hub.repo("datasets", "ns/numbers")
    assert len([path for path in repo.files() if path.startswith("data/")]) == 260
    title = "Upload dataset" if trouble == "no pull requests" else "Upload dataset (#1)"
    assert commits_of(hub) == [title, "initial commit"]
    assert repo.refs["refs/tags/v1"] == repo.head.oid
    assert not [ref for ref in repo.refs if ref.startswith("refs/pr/")]
    push(splits=2, count=1)
    assert [path for path in repo.files() if path.startswith("data/")] == [
        "data/train-00000-of-00001.parquet", "data/train2-00000-of-00001.parquet"]
    assert len(commits_of(hub)) == 3


def test_a_commit_before_the_merge_stays_and_the_first_request_is_closed(hub, push):
    repo = hub.add("datasets", "ns/numbers")
    theirs = {"README.md": b"---\nlicense: mit\n---\n", "theirs.txt": b"theirs"}
    hub.fault("POST", "/status", action=Do(lambda request: repo.commit(theirs, "Theirs")))
    push(splits=260, count=1)
    assert commits_of(hub) == ["Upload dataset (#2)", "Theirs", "initial commit"]
    assert [one.status for one in repo.discussions] == ["closed", "merged"]
    assert b"license: mit" in repo.read("README.md") and repo.read("theirs.txt") == b"theirs"


class AllRegular(Action):
    """A server that keeps large files as it keeps small ones."""

    def answered(self, request, answer):
        return as_json(json.loads(answer.bytes().decode().replace('"lfs"', '"regular"')))


def test_a_server_without_large_files_gets_all_in_the_commit_and_once(hub, push, client):
    hub.fault("POST", "/preupload/", call="every", action=AllRegular())
    push()
    assert not hub.requests.of("POST", "/objects/batch")
    assert "nothing changed" in push().err
    push(count=5)
    assert commits_of(hub) == ["Upload dataset", "Upload dataset", "initial commit"]
    assert client(read_numbers, "ns/numbers")["train"][0] == [1, 2, 3, 4, 5]


def test_a_quota_of_commits_at_the_merge_is_told_and_the_request_closed(hub, push):
    words = "You have exceeded the rate limit for repository commits (128 per hour)."
    hub.fault("POST", "/merge", call="every", action=Status(429, {}, {"error": words}))
    assert "128 per hour" in push(code=UNAVAILABLE, splits=260, count=1).err
    assert len(hub.requests.of("POST", "/merge")) == 1
    repo = hub.repo("datasets", "ns/numbers")
    assert commits_of(hub) == ["initial commit"] and [one.status for one in repo.discussions] == ["closed"]
