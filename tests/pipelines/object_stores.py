"""Buckets of every kind of store for whole runs, and scripts that use them."""

import contextlib
import dataclasses
import subprocess

import pytest

from conftest import ROOT, wait_until
from s3_server import free_port, is_ready


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
