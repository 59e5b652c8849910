"""Files with an address: fetched once, resumed where they break off, named by their address."""

import hashlib
import http.server
import json
import signal
import threading

import polars
import pytest

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {{
  name = "web",
  run = function()
    local rows = tw.dataset.{reader} "{url}"
    print(rows:count(), rows:columns()[1].name)
    rows:write_jsonl "out.jsonl"
  end,
}}
"""


class Web(http.server.ThreadingHTTPServer):
    """Serves `files`; the first answer to each path in `breaks` ends after that many bytes."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.breaks, self.status, self.requests = {}, {}, {}, []
        self.asked, self.stall = threading.Event(), None

    def url(self, name):
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        name = self.path.lstrip("/").split("?")[0]
        asked = self.headers.get("Range")
        self.server.requests.append((name, asked, self.headers.get("If-Range")))
        self.server.asked.set()
        if self.server.stall:
            self.server.stall.wait(60)
        status = self.server.status.get(name)
        if status == 503:
            del self.server.status[name]
        if status or name not in self.server.files:
            self.send_error(status or 404)
            return
        if name == "moved":
            self.send_response(302)
            self.send_header("Location", self.server.url(self.server.files[name]))
            self.end_headers()
            return
        body = self.server.files[name]
        tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        first = 0
        if asked and self.headers.get("If-Range") == tag:
            first = int(asked.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body) - first))
        self.end_headers()
        end = self.server.breaks.pop(name, len(body))
        self.wfile.write(body[first:end])
        self.close_connection = True


@pytest.fixture
def web():
    server = Web()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def read(tideway, web, name, reader="parquet", options=()):
    (tideway.folder / "web.lua").write_text(SCRIPT.format(reader=reader, url=web.url(name)))
    return tideway("run", "web.lua", *options)


@pytest.fixture
def parquet(tmp_path):
    path = tmp_path / "rows.parquet"
    polars.DataFrame({"id": range(50_000)}).write_parquet(path)
    return path.read_bytes()


def test_a_file_is_fetched_once_and_the_receipt_has_its_address_and_hash(tideway, web, parquet):
    web.files["rows.parquet"] = parquet
    result = read(tideway, web, "rows.parquet?key=hunter2")
    assert result.code == 0, result.err
    assert result.out.startswith("50000\tid")
    assert len(web.requests) == 1
    receipt = tideway.receipts()[0]
    assert receipt["inputs"][0]["hash"] == "sha256:" + hashlib.sha256(parquet).hexdigest()
    assert receipt["inputs"][0]["uri"].startswith(web.url("rows.parquet"))
    assert "hunter2" not in str(receipt["inputs"])


def test_check_fetches_the_file_to_tell_its_columns(tideway, web, parquet):
    web.files["rows.parquet"] = parquet
    (tideway.folder / "web.lua").write_text(SCRIPT.format(reader="parquet", url=web.url("rows.parquet")))
    result = tideway("check", "web.lua")
    assert result.code == 0, result.err
    assert f"read.parquet {web.url('rows.parquet')}" in result.out
    assert not (tideway.folder / "out.jsonl").exists()


def test_two_readings_in_one_run_see_the_same_file(tideway, web):
    web.files["rows.csv"] = b"n\n1\n"
    url = web.url("rows.csv")
    script = SCRIPT.format(reader="csv", url=url)
    again = f'print(tw.dataset.csv("{url}"):concat(rows):count())\n    rows:write'
    (tideway.folder / "web.lua").write_text(script.replace("rows:write", again))
    result = tideway("run", "web.lua")
    assert result.code == 0, result.err
    assert result.out.splitlines()[1] == "2"
    assert len(web.requests) == 1


def test_ctrl_c_ends_a_slow_fetch(tideway, web):
    web.files["rows.csv"], web.stall = b"n\n1\n", threading.Event()
    (tideway.folder / "web.lua").write_text(SCRIPT.format(reader="csv", url=web.url("rows.csv")))
    process = tideway.start("run", "web.lua")
    assert web.asked.wait(30)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    web.stall.set()
    assert process.returncode == 130


def test_what_breaks_off_goes_on_where_it_stopped(tideway, web, parquet):
    web.files["rows.parquet"], web.breaks["rows.parquet"] = parquet, len(parquet) // 2
    result = read(tideway, web, "rows.parquet")
    assert result.code == 0, result.err
    assert [asked for _, asked, _ in web.requests] == [None, f"bytes={len(parquet) // 2}-"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(tideway, web, parquet):
    web.files["rows.parquet"], web.breaks["rows.parquet"] = b"x" * 5000, 2000
    original = Handler.do_GET

    def change(self):
        original(self)
        self.server.files["rows.parquet"] = parquet

    Handler.do_GET = change
    try:
        result = read(tideway, web, "rows.parquet")
    finally:
        Handler.do_GET = original
    assert result.code == 0, result.err
    assert result.out.startswith("50000\tid")


def test_a_server_that_is_busy_is_asked_again(tideway, web):
    web.files["rows.csv"], web.status["rows.csv"] = b"n\n1\n2\n", 503
    result = read(tideway, web, "rows.csv", "csv")
    assert result.code == 0, result.err
    assert (tideway.folder / "out.jsonl").read_text() == '{"n":1}\n{"n":2}\n'


def test_redirects_lead_to_the_file(tideway, web):
    web.files["moved"], web.files["rows.jsonl"] = "rows.jsonl", b'{"a":1}\n'
    result = read(tideway, web, "moved", "jsonl")
    assert result.code == 0, result.err


@pytest.mark.parametrize("status, kind", [(404, "not_found"), (403, "auth"), (401, "auth"), (400, "network")])
def test_refusals_name_the_address(tideway, web, status, kind):
    web.files["rows.csv"], web.status["rows.csv"] = b"n\n", status
    result = read(tideway, web, "rows.csv", "csv", ["--json"])
    assert result.code != 0
    error = json.loads(result.out)["error"]
    assert error["kind"] == kind
    assert web.url("rows.csv") in error["message"]
    assert len(web.requests) == 1


def test_a_page_in_place_of_a_file_is_the_parsers_error(tideway, web):
    web.files["rows.parquet"] = b"<html>sign in</html>"
    result = read(tideway, web, "rows.parquet")
    assert result.code != 0
    assert f"cannot read {web.url('rows.parquet')}" in result.err
