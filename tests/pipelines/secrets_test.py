"""Twelve planted secrets: none is in a log, an error, a receipt, the cache, an argument or a child's environment."""

import http.server
import pathlib
import re
import threading

import pytest
from fakes.hub import Status
from routes_test import PROXIES, Proxy

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

SECRETS = {
    "hub token": "hf_plantedInTheEnvironment01",
    "stored login": "hf_plantedInTheLoginFile0002",
    "database password": "planted-database-password-03",
    "space secret": "planted-space-secret-0000004",
    "webhook secret": "planted-webhook-secret-00005",
    "credential field": "planted-credential-field-006",
    "password in an address": "planted-address-password-007",
    "token in an address": "planted-address-token-000008",
    "setting in an error": "planted-setting-in-error-009",
    "proxy password": "planted-proxy-password-00010",
    "setting in a log": "planted-setting-in-a-log-011",
}  # the twelfth is made by the Hub: what signs the addresses of its storage

SCRIPT = """
local tw = require "tideway"

return tw.pipeline {
  name = "plants",
  params = {
    database = tw.env "DATABASE_URL", space_secret = tw.env "SPACE_SECRET", hook_secret = tw.env "HOOK_SECRET",
    field = tw.env "FIELD", in_error = tw.env "IN_ERROR", in_log = tw.env "IN_LOG", server = "",
  },
  run = function(job)
    local p = job.params
    local rows = tw.dataset.from_rows { { n = 1 }, { n = 2 } }
    tw.hub.dataset("ns/plants"):push({ train = rows }, { tag = "v1" })
    tw.dataset.parquet("hf://datasets/ns/plants/data/*.parquet"):write_jsonl "out.jsonl"
    local space = tw.hub.space "ns/app"
    space:set_secret("TOKEN", p.space_secret)
    tw.hub.create_webhook { url = "https://example.org/hook", watched = { { type = "dataset", name = "ns/plants" } },
                            domains = { "repo" }, secret = p.hook_secret }
    print(tw.http.get(p.server .. "/field", { headers = { ["X-Key"] = p.field } }).status)
    print(pcall(tw.http.get, (p.server:gsub("//", "//user:%s@")) .. "/?token=%s"))
    local address = p.server:gsub("//", "//user:%s@") .. "/none.csv?token=%s"
    print(pcall(function() return tw.dataset.csv(address):count() end))
    tw.log.info("a setting: %%s", tostring(p.in_log))
    print(p.in_log, job.params)
    print(pcall(tw.sql.connect, p.database))
    error("it ends with " .. tostring(p.in_error))
  end,
}
""" % ((SECRETS["password in an address"], SECRETS["token in an address"]) * 2)


class Nothing(http.server.BaseHTTPRequestHandler):
    """200 for /field, 404 with what was asked for in the body for all else."""

    def do_GET(self):
        body = b"ok" if self.path == "/field" else self.path.encode()
        self.send_response(200 if self.path == "/field" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture
def environment(hub, tideway):
    hub.user(SECRETS["hub token"], "ns")
    hub.user(SECRETS["stored login"], "ns")
    hub.add("spaces", "ns/app")
    home = tideway.folder / "home"
    home.mkdir()
    (home / "token").write_text(SECRETS["stored login"])
    return {**dict.fromkeys((*PROXIES, *map(str.lower, PROXIES)), ""), "HF_ENDPOINT": hub.endpoint, "HF_HOME": home}


def shown_by(tideway, *results):
    """All that anybody can read afterwards, but for the login file, which is the secret's own place."""
    files = [path for path in tideway.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    files = [path for path in files if path.name not in ("token", "plants.lua")]
    kept = {str(path): path.read_bytes().decode(errors="replace") for path in files}
    return {**kept, **{f"output {n}": one.out + one.err for n, one in enumerate(results)}}


def check(shown):
    found = [(name, place) for name, secret in SECRETS.items() for place, text in shown.items() if secret in text]
    assert found == []
    signed = [place for place, text in shown.items() if re.search(r"Signature=(?!\[secret\])\w", text)]
    assert signed == []


def test_no_planted_secret_is_shown_or_kept(tideway, hub, environment, server):
    (tideway.folder / "plants.lua").write_text(SCRIPT)
    run = tideway("run", "plants.lua", "-p", f"server={server}", env={
        **environment, "HF_TOKEN": SECRETS["hub token"], "LOG_LEVEL": "trace",
        "DATABASE_URL": f"postgresql://user:{SECRETS['database password']}@127.0.0.1:1/none",
        "SPACE_SECRET": SECRETS["space secret"], "HOOK_SECRET": SECRETS["webhook secret"],
        "FIELD": SECRETS["credential field"], "IN_ERROR": SECRETS["setting in an error"],
        "IN_LOG": SECRETS["setting in a log"],
    })
    assert "it ends with [secret]" in run.err, run.err  # the script came to its end
    assert "/upload/" in run.err and "Authorization: [secret]" in run.err  # its requests are in the log
    assert hub.repo("spaces", "ns/app").space.secrets["TOKEN"]["value"] == SECRETS["space secret"]
    check(shown_by(tideway, run))


@pytest.mark.parametrize("call, route, body", [
    ('tw.hub.create_webhook { url = "https://example.org/h?token=%s", watched = { { type = "user", name = "ns" } } }',
     "/webhooks", "cannot reach https://example.org/h?token=%s"),
    ('tw.hub.space("ns/app"):set_secret("KEY", "one\\n%s\\nthree")', "/secrets", "not a value: one\n%s\nthree"),
])
def test_a_hub_that_repeats_a_secret_shows_none(tideway, hub, environment, call, route, body):
    secret = SECRETS["token in an address"]
    hub.fault("POST", route, call="every", action=Status(400, body={"error": body % secret}))
    (tideway.folder / "plants.lua").write_text(
        "local tw = require 'tideway'\nreturn tw.pipeline { name = 'x', run = function() " + call % secret + " end }")
    refused = tideway("run", "plants.lua", env={**environment, "HF_TOKEN": SECRETS["hub token"], "LOG_LEVEL": "trace"})
    assert refused.code != 0 and "[secret]" in refused.err
    check(shown_by(tideway, refused))


def test_login_and_proxy_are_used_and_not_shown(tideway, hub, environment):
    proxy = Proxy(password=SECRETS["proxy password"])
    asked = tideway("hub", "whoami", env={**environment, "HTTP_PROXY": proxy.url, "LOG_LEVEL": "trace"})
    assert asked.code == 0 and proxy.asked, asked.err
    assert hub.requests.of("GET", "/whoami-v2")[0].headers["authorization"].endswith(SECRETS["stored login"])
    refused = tideway("hub", "whoami", env={
        **environment, "HTTP_PROXY": proxy.url.replace("127.0.0.1", "localhost.invalid"), "LOG_LEVEL": "trace"})
    assert refused.code != 0
    check(shown_by(tideway, asked, refused))


def test_no_process_is_started_and_no_secret_is_an_argument(tideway, hub, environment):
    """So there is no environment of a child either."""
    hub.add("datasets", "ns/words", {"words.txt": b"words"})
    program = tideway.start("hub", "get", "ns/words", env={**environment, "HF_TOKEN": SECRETS["hub token"]})
    seen, children = [], []
    while program.poll() is None:
        root = pathlib.Path(f"/proc/{program.pid}")
        try:
            seen.append((root / "cmdline").read_bytes().decode())
            children += [word for task in (root / "task").iterdir() for word in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            break
    program.communicate()
    assert program.returncode == 0 and seen
    assert children == [] and not any(SECRETS["hub token"] in arguments for arguments in seen)
