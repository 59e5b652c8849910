"""Versity's S3 gateway for tests, with its buckets in folders that can be looked at."""

import pathlib
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEYS = {"AWS_ACCESS_KEY_ID": "tideway-test", "AWS_SECRET_ACCESS_KEY": "tideway-test-secret"}


def is_ready(port):
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class S3Server:
    def __init__(self, folder):
        program = ROOT / ".deps" / "go" / "versitygw"
        assert program.exists(), "the S3 server is missing: run tools/install.sh test"
        self.buckets = folder / "buckets"
        for path in (self.buckets, folder / "facts"):
            path.mkdir(parents=True)
        self.port = free_port()
        self.server = subprocess.Popen(
            [program, "--quiet", "--keep-alive", "--port", f"127.0.0.1:{self.port}", "--access",
             KEYS["AWS_ACCESS_KEY_ID"], "--secret", KEYS["AWS_SECRET_ACCESS_KEY"], "posix", "--sidecar",
             folder / "facts", self.buckets], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.state = folder / "state"
        end = time.monotonic() + 60
        while not is_ready(self.port):
            assert time.monotonic() < end and self.server.poll() is None, "the S3 server does not start"
            time.sleep(0.05)

    def environment(self, port=None):
        """What reaches it, or another port of this machine in its place."""
        return {**KEYS, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port or self.port}",
                "XDG_STATE_HOME": str(self.state), "AWS_EC2_METADATA_DISABLED": "true"}

    def stop(self):
        self.server.kill()
        self.server.wait()
