"""A fault at each call of a download: the right file or a clear error, and never a wrong file under a final name."""

import hashlib
import json
import pathlib

import pytest
from fakes.hub import ContentRange, Etag, Gzip, Headers, Reset, Short, Stall, Status, Whole, Wrong
from sampling import some

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

SMALL = "docs/words.txt"
FILES = {"README.md": b"# Reviews\n", SMALL: b"some words\n" * 30_000, "data/train.parquet": bytes(range(256)) * 2000}
ONE = "hf://datasets/ns/reviews/" + SMALL
# Where the bytes of a small file come from: by a redirect within the Hub, or from /resolve/ itself.
WAYS = {"cached": (True, f"/resolve-cache/.*{SMALL}"), "direct": (False, f"/resolve/[0-9a-f]{{40}}/{SMALL}")}
SHORT_WAIT = {"HF_HUB_DOWNLOAD_TIMEOUT": "1", "HF_HUB_ETAG_TIMEOUT": "1"}


@pytest.fixture
def repo(hub):
    return hub.add("datasets", "ns/reviews", FILES)


@pytest.fixture
def cache(tideway):
    return tideway.folder / "home" / "hub" / "datasets--ns--reviews"


@pytest.fixture
def get(tideway, hub, repo, cache):
    """`tideway hub get`: what it says and its error. Whatever it said, each content is what its name says."""

    def get(*arguments, code=0, **env):
        settings = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read", **env}
        result = tideway("hub", "get", *arguments, "--json", env=settings)
        check_contents(cache)
        assert result.code == code, result.out + result.err
        return json.loads(result.out) if code == 0 else result.err

    return get


def check_contents(cache):
    for blob in (cache / "blobs").glob("*"):
        content = blob.read_bytes()
        hashes = hashlib.sha256(content).hexdigest(), hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        assert blob.name in hashes or blob.name.endswith(".incomplete")


def check_files(folder, names=FILES):
    for name in names:
        assert (pathlib.Path(folder) / name).read_bytes() == FILES[name], name


def name_of(fault):
    if isinstance(fault, str):
        return fault
    detail = getattr(fault, "code", getattr(fault, "when", ""))
    return type(fault).__name__ + str(detail)


@pytest.mark.parametrize("way, fault", some(WAYS, [
    Short(70_000), Short(0), Wrong(), Gzip(), Stall("asked"), Stall("answered", after=70_000), Reset("received"),
    Reset("asked"), Reset("answered"), Status(429, {"Retry-After": "0"}), Status(500), Status(502), Status(503),
    Status(504), Status(408), Etag("0" * 40), Headers({"ETag": None}), Headers({"Content-Type": "text/html"}),
], one_in=2), ids=name_of)
def test_one_fault_at_a_small_file_still_gives_its_bytes(get, hub, cache, fault, way):
    hub.settings.resolve_cache, route = WAYS[way]
    ordered = hub.fault("GET", route, action=fault)
    check_files(get("ns/reviews", **SHORT_WAIT)["path"])
    assert ordered.hit.is_set()
    assert not list(cache.rglob("*incomplete*"))


@pytest.mark.parametrize("fault", [Wrong(), Gzip(), Status(200, body=b"<html>a portal</html>")], ids=name_of)
@pytest.mark.parametrize("way", WAYS)
def test_a_small_file_that_stays_wrong_is_an_error_and_no_file(get, hub, cache, fault, way):
    hub.settings.resolve_cache, route = WAYS[way]
    hub.fault("GET", route, call="every", action=fault)
    assert f"{SMALL} of ns/reviews comes with other bytes than the Hub lists" in get("ns/reviews", code=1)
    assert not list((cache / "snapshots").rglob(SMALL)) and not (cache / "refs" / "main").exists()


@pytest.mark.parametrize("fault", [Whole(), ContentRange("bytes 5-9/10"), ContentRange("none"), Status(416), Wrong(),
                                   Gzip(), Etag("0" * 40)], ids=name_of)
@pytest.mark.parametrize("way", WAYS)
def test_a_lie_about_the_rest_of_a_small_file_still_gives_its_bytes(get, hub, fault, way):
    hub.settings.resolve_cache, route = WAYS[way]
    hub.fault("GET", route, action=Short(70_000))
    ordered = hub.fault("GET", route, call=2, action=fault)
    check_files(get("ns/reviews")["path"])
    assert ordered.hit.is_set()


def test_what_a_killed_download_left_of_another_content_is_not_gone_on_with(get, hub, repo, tideway, cache):
    stall = Stall("answered", after=400_000)
    hub.fault("GET", "/objects/", action=stall, origin="cdn")
    env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read"}
    killed = tideway.start("hub", "get", "ns/reviews", env=env)
    while not any(path.stat().st_size >= 390_000 for path in (cache / "blobs").glob("*incomplete*")):
        assert killed.poll() is None, killed.stderr.read()
    killed.kill()
    killed.communicate()
    stall.release()
    newer = bytes(reversed(range(256))) * 2000
    repo.commit({"data/train.parquet": newer})
    hub.requests.clear()
    path = get("ns/reviews")["path"]
    assert (pathlib.Path(path) / "data/train.parquet").read_bytes() == newer
    assert [one.headers.get("range") for one in hub.requests.of("GET", origin="cdn")] == [None]


CALLS = {"revision": ("GET", "/revision/main", "ns/reviews"), "tree": ("GET", "/tree/", "ns/reviews"),
         "head": ("HEAD", "/resolve/", ONE), "head of the redirect": ("HEAD", "/resolve-cache/", ONE)}


@pytest.mark.parametrize("call, fault", some(CALLS, [
    Status(429), Status(429, {"Retry-After": "1"}), Status(429, {"RateLimit": '"api";r=0;t=1'}), Status(500),
    Status(502), Status(503), Status(504), Reset("received"), Reset("answered"), Short(30),
], one_in=3), ids=name_of)
def test_one_fault_at_a_question_before_the_bytes_is_got_over(get, hub, call, fault):
    method, route, target = CALLS[call]
    if method == "HEAD" and isinstance(fault, Short):
        fault = Short(0)  # it has no body
    ordered = hub.fault(method, route, action=fault)
    path = pathlib.Path(get(target)["path"])
    check_files(path if target != ONE else path.parents[1], FILES if target != ONE else [SMALL])
    assert ordered.hit.is_set()


@pytest.mark.parametrize("call", ["head", "head of the redirect"])
def test_a_question_that_nobody_answers_is_asked_again(get, hub, call):
    method, route, target = CALLS[call]
    hub.fault(method, route, action=Stall("asked"))
    check_files(pathlib.Path(get(target, **SHORT_WAIT)["path"]).parents[1], [SMALL])


@pytest.mark.parametrize("body", ["<html>", "{}", "null", '{"sha": 1}', '[{"path": "a", "size": "x"}]', "[1", "\xff"])
@pytest.mark.parametrize("call", ["revision", "tree"])
def test_an_answer_that_makes_no_sense_is_told_and_gives_no_snapshot(get, hub, cache, call, body):
    method, route, target = CALLS[call]
    hub.fault(method, route, call="every", action=Status(200, body=body.encode("latin-1")))
    assert "error: hub: " in get(target, code=1)
    assert not (cache / "refs" / "main").exists()
