"""tw.http: what scripts send and get, what is tried again, what no log or other origin may see."""

import http.server
import json
import threading

import pytest

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {{
  name = "asks",
  run = function()
    {body}
  end,
}}
"""


class Server(http.server.ThreadingHTTPServer):
    """Answers each request with the next of `answers`: (status, fields, body)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.requests = [], []

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        status, fields, answer = self.server.answers.pop(0) if self.server.answers else (200, {}, b"")
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any


def serve():
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def server():
    server = serve()
    yield server
    server.shutdown()


@pytest.fixture
def other():
    server = serve()
    yield server
    server.shutdown()


def ask(tideway, body, *options, env=None, verb="run"):
    (tideway.folder / "asks.lua").write_text(SCRIPT.format(body=body))
    return tideway(verb, "asks.lua", *options, env=env)


def test_an_answer_has_status_headers_body_and_json(tideway, server):
    server.answers = [(201, {"X-Thing": "one"}, b'{"labels":["a","b"],"n":1.0}')]
    result = ask(tideway, f"""
    local answer = tw.http.get("{server.url('/labels')}", {{ query = {{ page = 2, q = "a b&c", all = true }} }})
    print(answer.status, answer.headers["x-thing"], answer:json().labels[2], answer.url)
    """)
    assert result.code == 0, result.err
    url = server.url("/labels?all=true&page=2&q=a%20b%26c")
    assert result.out.splitlines()[0] == f"201\tone\tb\t{url}"
    assert server.requests[0][2]["User-Agent"].startswith("tideway/")


def test_json_and_bytes_are_sent(tideway, server):
    result = ask(tideway, f"""
    tw.http.post("{server.url()}", {{ json = {{ b = 1, a = tw.array {{}} }} }})
    tw.http.request("PUT", "{server.url()}", {{ body = "\\0bytes", headers = {{ ["Content-Type"] = "a/b" }} }})
    """)
    assert result.code == 0, result.err
    (post, _, posted, first), (put, _, sent, second) = server.requests
    assert (post, json.loads(first), posted["Content-Type"]) == ("POST", {"a": [], "b": 1}, "application/json")
    assert (put, second, sent["Content-Type"]) == ("PUT", b"\0bytes", "a/b")


def test_a_refusal_is_an_error_with_the_servers_words_unless_asked_otherwise(tideway, server):
    server.answers = [(404, {"X-Request-Id": "r-7"}, b'{"error":"no such label"}')] * 2
    result = ask(tideway, f"""
    print(tw.http.get("{server.url('/x')}", {{ check = false }}).status)
    tw.http.get("{server.url('/x')}")
    """, "--json")
    error = json.loads(result.out)["error"]
    assert error["kind"] == "not_found"
    assert error["message"] == f"GET {server.url('/x')}: the server answers 404: no such label (request r-7)"
    assert error["where"] == "asks.lua:8"


def test_a_busy_server_is_asked_again(tideway, server):
    server.answers = [(503, {}, b"busy"), (429, {"Retry-After": "0"}, b""), (200, {}, b"ok")]
    result = ask(tideway, f"""
    print(tw.http.get("{server.url()}", {{ retry = {{ base_s = 0 }} }}).body)
    """)
    assert result.code == 0, result.err
    assert result.out.splitlines()[0] == "ok"


def test_what_is_asked_again_is_the_scripts_to_say(tideway, server):
    server.answers = [(202, {}, b"not yet"), (200, {}, b"ready"), (503, {}, b"busy"), (200, {}, b"never asked for")]
    result = ask(tideway, f"""
    local options = {{ retry = {{ base_s = 0, statuses = {{ 202 }} }}, check = false }}
    print(tw.http.get("{server.url()}", options).body)
    print(tw.http.get("{server.url()}", options).body)
    """)
    assert result.code == 0, result.err
    assert result.out.splitlines()[:2] == ["ready", "busy"]


def test_kinds_of_errors_that_the_script_does_not_name_are_not_tried_again(tideway, server):
    server.shutdown()
    server.server_close()
    asked = f'tw.http.get, "{server.url()}", {{ retry = {{ base_s = 0, tries = 2, kinds = KINDS }} }}'
    result = ask(tideway, "\n".join(
        f'print(pcall({asked.replace("KINDS", kinds)}))' for kinds in ('{ "timeout" }', '{ "network" }')), "-v")
    assert result.code == 0, result.err
    assert result.err.count("trying again") == 1


def test_each_try_takes_a_turn_of_every_limiter_and_they_learn_from_the_answers(tideway, server):
    server.answers = [(503, {}, b"busy"), (200, {"RateLimit": '"default";r=0;t=3600'}, b"ok")]
    result = ask(tideway, f"""
    local near, far = tw.limiter.new "1/h, burst 9", tw.limiter.new("1/h, burst 2", {{ shared = "far" }})
    print(tw.http.get("{server.url()}", {{ limiter = {{ near, far }}, retry = {{ base_s = 0 }} }}).body)
    print(far:try_acquire(), near:try_acquire())
    local other = tw.limiter.new "1/h, burst 3"
    tw.http.get("{server.url()}", {{ limiter = other }})
    print(other:try_acquire(), other:try_acquire(), other:try_acquire())
    """)
    assert result.code == 0, result.err
    assert result.out.splitlines()[:3] == ["ok", "false\tfalse", "true\ttrue\tfalse"]


def test_secrets_reach_only_their_origin_and_no_log(tideway, server, other):
    server.answers = [(307, {"Location": other.url("/signed?X-Amz-Signature=fedcba98")}, b"")]
    result = ask(tideway, f"""
    tw.http.get("{server.url()}", {{ token = tw.env "API_TOKEN", headers = {{ ["X-Key"] = tw.env "API_KEY" }} }})
    """, "-vv", env={"API_TOKEN": "hf_planted_secret_1", "API_KEY": "planted-secret-2"})
    assert result.code == 0, result.err
    assert server.requests[0][2]["Authorization"] == "Bearer hf_planted_secret_1"
    assert server.requests[0][2]["X-Key"] == "planted-secret-2"
    assert not {"Authorization", "X-Key"} & set(other.requests[0][2])
    assert "curl -H 'X-Key: [secret]'" in result.err or "curl -H 'Authorization: [secret]'" in result.err
    written = "".join(path.read_text(errors="replace") for path in tideway.folder.rglob("*") if path.is_file())
    for text in (result.out, result.err, written):
        assert "planted" not in text.replace("asks.lua", "")
        assert "fedcba98" not in text


def test_tasks_wait_side_by_side(tideway, server):
    barrier = threading.Barrier(4)
    original = Handler.do_GET

    def wait(self):
        barrier.wait(30)
        original(self)

    Handler.do_GET = wait
    try:
        result = ask(tideway, f"""
        local answers = tw.each({{ 1, 2, 3, 4 }}, function(n) return tw.http.get("{server.url('/')}" .. n).status end)
        print(#answers)
        """)
    finally:
        Handler.do_GET = original
    assert result.code == 0, result.err


def test_check_sends_nothing_that_changes_the_server(tideway, server):
    result = ask(tideway, f"""
    print(tw.http.post("{server.url()}").status, tw.http.get("{server.url('/read')}").status)
    """, verb="check")
    assert result.code == 0, result.err
    assert [(request[0], request[1]) for request in server.requests] == [("GET", "/read")]


def test_an_answer_that_is_too_large_is_refused(tideway, server):
    server.answers = [(200, {}, b"x" * 2000)]
    result = ask(tideway, f'tw.http.get("{server.url()}", {{ max_bytes = 1000 }})')
    assert result.code != 0
    assert "the server sends more than 1000 bytes" in result.err


@pytest.mark.parametrize("call, message", [
    ('tw.http.get("ftp://host/")', "not an http or https URL: ftp://host/"),
    ('tw.http.get("http://host/", { timeout = 1 })', "unknown option `timeout`; did you mean `timeout_s`?"),
    ('tw.http.get("http://host/", { timeout_s = 0 })', "timeout_s must be over 0 and at most 86400: 0"),
    ('tw.http.get("http://host/", { retry = { tries = 0 } })', "retry: tries must be at least 1: 0"),
    ('tw.http.get("http://host/", { retry = { statuses = { 42 } } })', "a list of statuses from 200 to 599"),
    ('tw.http.get("http://host/", { retry = { kinds = { "data" } } })', "kind of error that is tried again: data"),
    ('tw.http.get("http://host/", { limiter = "2/s" })', "`limiter` must be a limiter, or a list of them, not str"),
    ('tw.http.post("http://host/", { body = "a", json = 1 })', "either `body` or `json`, not both"),
    ('tw.http.request("get", "http://host/")', "not a method: get"),
    ('tw.http.get("http://host/", { headers = { ["A b"] = "c" } })', "not a name of a header field: `A b`"),
    ('tw.http.get("http://host/", { headers = { A = "b\\r\\nc: d" } })', "has a line break or a zero byte"),
])
def test_wrong_arguments_are_told_before_anything_is_sent(tideway, call, message):
    result = ask(tideway, call)
    assert result.code == 2, result.err
    assert message in result.err
