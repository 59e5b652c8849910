"""Servers of object stores for whole runs, and scripts that use them."""

import contextlib
import dataclasses
import socket
import subprocess

import pytest

from conftest import ROOT, wait_until

KEYS = {"AWS_ACCESS_KEY_ID": "tideway-test", "AWS_SECRET_ACCESS_KEY": "tideway-test-secret"}


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def is_ready(port):
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def server(name, port, *arguments):
    """A program of tools/install.sh's, while it answers at the port."""
    program = ROOT / ".deps" / "go" / name
    assert program.exists(), f"{name} is missing: run tools/install.sh test"
    process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: is_ready(port))
    yield
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    """The environment that reaches an S3 server."""
    folder = tmp_path_factory.mktemp("s3")
    for name in ("buckets", "facts"):
        (folder / name).mkdir()
    port = free_port()
    with server("versitygw", port, "--quiet", "--port", f"127.0.0.1:{port}", "--access", KEYS["AWS_ACCESS_KEY_ID"],
                "--secret", KEYS["AWS_SECRET_ACCESS_KEY"], "posix", "--sidecar", folder / "facts", folder / "buckets"):
        yield {**KEYS, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}", "XDG_STATE_HOME": str(folder / "state")}


@pytest.fixture(scope="session")
def gs(tmp_path_factory):
    """The environment that reaches a server as Google's."""
    port = free_port()
    with server("fake-gcs-server", port, "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend",
                "memory", "-log-level", "error", "-external-url", f"http://127.0.0.1:{port}", "-public-host",
                f"127.0.0.1:{port}"):
        yield {"STORAGE_EMULATOR_HOST": f"127.0.0.1:{port}", "GOOGLE_CLOUD_PROJECT": "test",
               "XDG_STATE_HOME": str(tmp_path_factory.mktemp("gs"))}


@dataclasses.dataclass
class Place:
    uri: str  # of a bucket of its own
    env: dict


@pytest.fixture(params=["s3", "gs"])
def place(request, tideway, tmp_path):
    """A new bucket of each kind of store."""
    env = request.getfixturevalue(request.param)
    name = "bucket-" + tmp_path.name.replace("_", "-").lower()[:40].strip("-")
    made = Place(f"{request.param}://{name}", env)
    run(tideway, env, f'tw.store.open("{made.uri}"):create_bucket()')
    return made


def script(folder, body):
    path = folder / "script.lua"
    path.write_text(
        'local tw = require "tideway"\n'
        f'return tw.pipeline {{ name = "script", run = function(job)\n{body}\nend }}\n')
    return path


def run(tideway, env, body):
    done = tideway("run", script(tideway.folder, body), env=env)
    assert done.code == 0, done.err
    return done
