"""The services beside the Hub, the dataset viewer and question answering, by scripts; and branches."""

import http.server
import json
import threading

import pytest

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

USAGE = 2
SCRIPT = """
local tw = require "tideway"
return tw.pipeline {
  name = "services",
  run = function()
    local repo = tw.hub.dataset("ns/reviews")
    %s
  end,
}
"""


@pytest.fixture
def service():
    """Answers each request with the next of `answers`: (status, fields, what is sent as JSON)."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.asked.append((self.command, self.path, self.headers["Authorization"], body))
            status, fields, answer = server.answers.pop(0)
            self.send_response(status)
            for name, value in fields.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_POST = do_GET

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.answers, server.url = [], [], f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def run(tideway, hub):
    hub.add("datasets", "ns/reviews", {"a.txt": b"a"})

    def run(lines, code=0, verb="run", **env):
        (tideway.folder / "services.lua").write_text(SCRIPT % lines)
        result = tideway(verb, "services.lua", env={
            "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_write", "HF_HOME": tideway.folder / "home", **env})
        assert result.code == code, result.out + result.err
        return result

    return run


def test_the_viewer_tells_whether_it_tells_of_an_earlier_commit(run, hub, service):
    head = hub.repo("datasets", "ns/reviews").head.oid
    sizes = {"size": {"split": {"num_rows": 12345}}}
    service.answers = [(200, {"X-Revision": head}, sizes), (200, {"X-Revision": "0" * 40}, {})]
    result = run("""
    local size = repo:viewer("size", { config = "default", split = "train" })
    print(size.data.size.split.num_rows, size.stale, size.revision)
    print(repo:viewer("is-valid").stale)
    """, HF_DATASETS_SERVER=service.url)
    assert result.out.splitlines()[:2] == [f"12345\tfalse\t{head}", "true"]
    assert service.asked[0][:3] == (
        "GET", "/size?dataset=ns%2Freviews&config=default&split=train", "Bearer hf_write")


def test_a_model_answers_a_question(run, service):
    service.answers = [(200, {}, [{"answer": "Mill St", "score": 0.5, "start": 3, "end": 10}])]
    result = run("""
    local found = tw.hub.answer { model = "ns/model", question = "Where?", context = "in Mill St" }
    print(found.answer, found.score, found.start, found.stop)
    """, HF_INFERENCE_ENDPOINT=service.url)
    assert result.out.splitlines()[0] == "Mill St\t0.5\t3\t10"
    assert service.asked[0][:3] == ("POST", "/hf-inference/models/ns/model", "Bearer hf_write")


@pytest.mark.parametrize("lines, told", [
    ('repo:viewer("size")', "the dataset viewer is not asked: it is the Hub's, and HF_ENDPOINT is"),
    ('tw.hub.answer { question = "a", context = "b" }', "the inference service is not asked: it is the Hub's"),
    ('tw.hub.dataset("file:out/x"):viewer("size")', "a folder has no viewer: file:out/x"),
    ('tw.hub.dataset("file:out/x"):branch("a")', "a folder has no branches: file:out/x"),
    ('tw.hub.answer { question = "a", text = "b" }', "unknown option `text`"),
    ('repo:delete_branch("main")', "the branch main is what readers see"),
    ('repo:branch("a b")', "not a branch: a b"),
])
def test_what_cannot_be_asked_is_told(run, lines, told):
    assert told in run(lines, code=USAGE).err


def test_branches_are_made_and_taken_away_and_a_check_does_neither(run, hub):
    repo = hub.repo("datasets", "ns/reviews")
    lines = """
    print(repo:branch("try/out"), repo:branch("more", { from = "main" }))
    repo:delete_branch("more")
    """
    run(lines, verb="check")
    assert sorted(repo.refs) == ["refs/heads/main"]
    assert run(lines).out.split()[:2] == [repo.head.oid] * 2
    assert sorted(repo.refs) == ["refs/heads/main", "refs/heads/try/out"]
