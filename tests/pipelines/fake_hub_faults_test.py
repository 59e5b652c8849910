"""Each fault of the fake Hub does what its name says, at the call it is ordered for and at no other."""

import concurrent.futures
import gzip
import hashlib
import http.client
import json
import socket

import pytest
from fakes.hub import ContentRange, Do, Etag, Expired, Gzip, Headers, Reset, Short, Stall, Status, Whole, Wrong
from raw_http import call

BODY = bytes(range(256)) * 64
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def repo(hub):
    return hub.add("datasets", "ns/d", {"large.bin": BODY, "small.txt": b"small"})


@pytest.fixture
def stored(hub, repo):
    """The signed URL of the large file."""
    return call(f"{hub.endpoint}/datasets/ns/d/resolve/main/large.bin").headers["Location"]


def commit(hub, **header):
    header = json.dumps({"key": "header", "value": {"summary": "one", **header}}).encode()
    lines = header + b'\n{"key": "file", "value": {"path": "a.txt", "content": "a", "encoding": "utf-8"}}\n'
    return call(f"{hub.endpoint}/api/datasets/ns/d/commit/main", "POST", lines, "hf_write",
                {"Content-Type": "application/x-ndjson"})


def test_a_status_takes_the_place_of_the_work(hub, repo):
    hub.fault("POST", "/commit/", action=Status(429, {"Retry-After": "7"}, {"error": "slow down"}))
    answer = commit(hub)
    assert (answer.status, answer.headers["Retry-After"], answer.json()) == (429, "7", {"error": "slow down"})
    assert "a.txt" not in repo.files()
    assert commit(hub).status == 200


def test_504_after_the_work_leaves_the_commit_made(hub, repo):
    hub.fault("POST", "/commit/", action=Status(504, body="<html>gateway</html>", work=True))
    answer = commit(hub)
    assert (answer.status, answer.body) == (504, b"<html>gateway</html>")
    assert repo.head.title == "one"


@pytest.mark.parametrize(
    ("when", "read", "made"), [("received", False, 0), ("asked", True, 0), ("answered", True, 1)]
)
def test_a_reset_ends_the_connection_before_or_after_the_work(hub, repo, when, read, made):
    before = len(repo.commits)
    hub.fault("POST", "/commit/", action=Reset(when))
    with pytest.raises(ConnectionResetError) as error:
        commit(hub)
    assert error.type is ConnectionResetError  # and not its subclass for a connection that is closed
    recorded = hub.requests.of("POST", "/commit/")[0]
    assert recorded.status is None
    assert (recorded.size > 0) == read
    assert len(repo.commits) - before == made


def test_another_writer_comes_in_between(hub, repo):
    hub.fault("POST", "/commit/", action=Do(lambda request: repo.commit({"b.txt": b"b"}, "two")))
    assert commit(hub, parentCommit=repo.head.oid).status == 412
    assert repo.head.title == "two"
    assert commit(hub, parentCommit=repo.head.oid).status == 200


def test_an_answer_is_held_until_it_is_released(hub, repo):
    fault = hub.fault("GET", "/refs", action=Stall())
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(call, f"{hub.endpoint}/api/datasets/ns/d/refs")
        assert fault.hit.wait(30)
        assert call(f"{hub.endpoint}/api/datasets/ns/d").status == 200
        assert not waiting.done()
        fault.action.release()
        assert waiting.result().status == 200


def test_a_body_is_held_in_its_middle(hub, stored):
    fault = hub.fault("GET", "/objects/", action=Stall(after=1000))
    connection = http.client.HTTPConnection(hub.cdn.removeprefix("http://"), timeout=30)
    connection.request("GET", stored.removeprefix(hub.cdn))
    answer = connection.getresponse()
    assert answer.read(1000) == BODY[:1000]
    connection.sock.settimeout(0.05)
    with pytest.raises(TimeoutError):
        connection.sock.recv(1, socket.MSG_PEEK)
    connection.sock.settimeout(30)
    fault.action.release()
    assert answer.read() == BODY[1000:]
    connection.close()


def test_a_short_body_ends_before_its_announced_length(hub, stored):
    hub.fault("GET", "/objects/", action=Short(1000))
    with pytest.raises(http.client.IncompleteRead) as error:
        call(stored)
    assert error.value.partial == BODY[:1000]
    assert error.value.expected == len(BODY) - 1000


def test_a_wrong_body_has_the_right_length_and_one_wrong_byte(hub, stored):
    hub.fault("GET", "/objects/", action=Wrong())
    body = call(stored).body
    assert [at for at, pair in enumerate(zip(body, BODY, strict=True)) if pair[0] != pair[1]] == [len(BODY) // 2]
    assert call(stored).body == BODY


def test_an_expired_url_is_forbidden_in_xml(hub, stored):
    hub.fault("GET", "/objects/", action=Expired())
    answer = call(stored)
    assert (answer.status, answer.headers.get_content_type()) == (403, "application/xml")
    assert b"<Code>AccessDenied</Code>" in answer.body


def test_a_changed_etag_is_another_file(hub, repo):
    hub.fault("HEAD", "/resolve/", action=Etag("other"))
    url = f"{hub.endpoint}/datasets/ns/d/resolve/main/large.bin"
    first, second = call(url, "HEAD"), call(url, "HEAD")
    assert (first.headers["X-Linked-Etag"], second.headers["X-Linked-Etag"]) == ('"other"', f'"{SHA256}"')


def test_a_range_may_be_lied_about_or_not_heeded(hub, stored):
    asked = {"Range": "bytes=100-"}
    hub.fault("GET", "/objects/", call=1, action=ContentRange("bytes 0-9/10"))
    hub.fault("GET", "/objects/", call=2, action=Whole())
    lied, whole, true = (call(stored, headers=asked) for _ in range(3))
    assert (lied.status, lied.headers["Content-Range"], lied.body) == (206, "bytes 0-9/10", BODY[100:])
    assert (whole.status, whole.headers["Content-Range"], whole.body) == (200, None, BODY)
    assert (true.status, true.headers["Content-Range"]) == (206, f"bytes 100-{len(BODY) - 1}/{len(BODY)}")


def test_gzip_comes_in_chunks_and_without_a_length(hub, stored):
    hub.fault("GET", "/objects/", action=Gzip())
    answer = call(stored)
    assert (answer.headers["Content-Encoding"], answer.headers["Content-Length"]) == ("gzip", None)
    assert gzip.decompress(answer.body) == BODY


def test_a_header_is_left_out(hub, repo):
    hub.fault("HEAD", "/resolve/", action=Headers({"X-Repo-Commit": None, "X-HF-Warning": "topic; text"}))
    headers = call(f"{hub.endpoint}/datasets/ns/d/resolve/main/small.txt", "HEAD").headers
    assert (headers["X-Repo-Commit"], headers["X-HF-Warning"]) == (None, "topic; text")


def test_a_fault_happens_at_the_calls_it_is_ordered_for(hub, repo):
    hub.fault("GET", r"/refs$", call=[2, 3], action=Status(500))
    hub.fault("GET", r"/tree/", call="every", action=Status(502), origin="hub")
    refs = [call(f"{hub.endpoint}/api/datasets/ns/d/refs").status for _ in range(4)]
    trees = [call(f"{hub.endpoint}/api/datasets/ns/d/tree/main").status for _ in range(2)]
    assert (refs, trees) == ([200, 500, 500, 200], [502, 502])
    assert [one.status for one in hub.requests.of("GET", "/refs")] == refs
