"""A fault at each call of a push: one correct commit, or a clear error, no change, and the next push makes it."""

import re

import pytest
from fakes.hub import Reset, Short, Status, Wrong
from hub_push_test import NUMBERS, commits_of
from sampling import some

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

NAME = "ns/numbers"
TOO_MUCH = {"error": "You have exceeded your rate limit of uploads."}

TROUBLES = {
    "409": Status(409), "412": Status(412), "429 of requests": Status(429, {"Retry-After": "0"}),
    "429 of actions": Status(429, {"RateLimit": '"api";r=949;t=100'}, TOO_MUCH), "502": Status(502),
    "504 after the work": Status(504, work=True), "reset": Reset("received"),
    "reset after the work": Reset("answered"), "short": Short(1), "wrong": Wrong(),
    "html": Status(200, body=b"<html>", work=True), "object": Status(200, body=b"{}", work=True),
    "null": Status(200, body=b"null", work=True),
}
GOT_OVER = ("429 of requests", "502", "504 after the work", "reset", "reset after the work")

CALLS = {
    "may write": ("GET", "/auth-check/write"), "create": ("POST", "/repos/create"), "refs": ("GET", "/refs"),
    "tree": ("GET", "/tree/"), "card": ("POST", "/validate-yaml"), "preupload": ("POST", "/preupload/"),
    "batch": ("POST", "/objects/batch"), "put": ("PUT", "/upload/"), "verify": ("POST", "/lfs/verify"),
    "read back": ("POST", "/paths-info/"), "tag": ("POST", "/tag/"),
}
PART_CALLS = {"part": ("PUT", "/upload/.*partNumber=2"), "completion": ("POST", "/complete_multipart")}
REQUEST_CALLS = {
    "open": ("POST", "/discussions$"), "part": ("POST", "/commit/refs%2Fpr"), "status": ("POST", "/status"),
    "merge": ("POST", "/merge"), "details": ("GET", "/discussions/1$"), "drop": ("DELETE", "/ref$"),
}


@pytest.fixture
def push(tideway, hub):
    """Pushes the numbers; the code and the error."""
    (tideway.folder / "numbers.lua").write_text(NUMBERS)

    def push(count=4, **env):
        env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_write", **env}
        result = tideway("run", "numbers.lua", "--fresh", "-p", f"count={count}", "-p", "tag=v1", env=env)
        return result.code, result.err

    return push


def check_outcome(hub, result, got_over, again, title="Upload dataset"):
    """One commit and no error; or an error, after which main is as before or it says what is there, and `again`."""
    code, error = result
    made = [one for one in commits_of(hub) if one != "initial commit"] if hub.repositories else []
    assert len(made) == (1 if code == 0 or "published" in error else 0), error
    assert code == 0 or re.search(r"error: .*\S{8}", error), error
    if got_over:
        assert code == 0, error
    elif code != 0:
        hub.faults.clear()
        code, error = again()
        assert code == 0 and [re.sub(r" \(#\d+\)$", "", one) for one in commits_of(hub)] == [title, "initial commit"]
    repo = hub.repo("datasets", NAME)
    assert repo.refs.get("refs/tags/v1", repo.head.oid) == repo.head.oid
    assert {one.status for one in repo.discussions} <= {"merged", "closed"}


@pytest.mark.parametrize("call, trouble", some(CALLS, TROUBLES))
def test_trouble_at_a_call_ends_in_one_commit_or_in_none_and_an_error(hub, push, call, trouble):
    fault = hub.fault(*CALLS[call], action=TROUBLES[trouble])
    result = push()
    assert fault.hit.is_set()
    if trouble in GOT_OVER:
        assert len(hub.requests.of("PUT")) <= (2 if call == "put" else 1)
    check_outcome(hub, result, trouble in GOT_OVER, push)
    assert "refs/tags/v1" in hub.repo("datasets", NAME).refs


@pytest.mark.parametrize("call, trouble", some(PART_CALLS, TROUBLES))
def test_trouble_at_a_part_of_a_file_ends_in_one_commit_or_in_none_and_an_error(hub, push, call, trouble):
    hub.settings.multipart_threshold = hub.settings.chunk_size = 1000
    fault = hub.fault(*PART_CALLS[call], action=TROUBLES[trouble])
    result = push(count=3000)
    assert fault.hit.is_set()
    check_outcome(hub, result, trouble in GOT_OVER, lambda: push(count=3000))


@pytest.fixture
def put(tideway, hub):
    """Puts more files than go in one commit: by a pull request."""
    hub.add("datasets", NAME)
    folder = tideway.folder / "many"
    folder.mkdir()
    for number in range(252):
        (folder / f"{number}.txt").write_text(str(number))

    def put():
        env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_write"}
        result = tideway("hub", "put", NAME, folder, "--message", "Many files", env=env)
        if result.code == 0:
            assert len(hub.repo("datasets", NAME).files()) == 252
        return result.code, result.err

    return put


@pytest.mark.parametrize("call, trouble", some(REQUEST_CALLS, TROUBLES))
def test_trouble_at_a_pull_request_ends_in_one_commit_or_in_none_and_an_error(hub, put, call, trouble):
    method, route = REQUEST_CALLS[call]
    fault = hub.fault(method, route, action=TROUBLES[trouble])
    result = put()
    assert fault.hit.is_set()
    check_outcome(hub, result, trouble in GOT_OVER, put, title="Many files")


def test_a_pull_request_whose_answer_is_lost_is_not_opened_twice(hub, put):
    hub.fault("POST", "/discussions$", action=Reset("answered"))
    assert put()[0] == 0
    assert [one.status for one in hub.repo("datasets", NAME).discussions] == ["merged"]
