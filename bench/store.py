"""Folders of a bucket, there and back: 5,000 objects of 20 KB, and 4 of 512 MiB.

What is downloaded is on the disk at the end: ours sees to it by itself, the peers' are put there behind their command.

Other sizes: TIDEWAY_BENCH_STORE="1000x20000 2x134217728". Server and client share this machine's cores, so that a
server's work is in each wall time and the same for all; what tells clients apart is their CPU.
"""

import os
import pathlib
import shutil
import sys

import harness
import store_servers
from hub_download import hashes, renewed

PEER = str(pathlib.Path(__file__).parent / "peers" / "store.py")
SCRIPT = str(pathlib.Path(__file__).parent / "store_copy.lua")
SIZES = "5000x20000 4x536870912"
RUNS = 5


def make_folder(folder, count, size):
    """Files of random bytes, in folders of a hundred."""
    if not folder.exists():
        for index in range(count):
            path = folder / f"{index // 100:03}" / f"{index:05}.bin"
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "wb") as file:
                for at in range(0, size, 1 << 24):
                    file.write(os.urandom(min(1 << 24, size - at)))
    return folder


def copies(kind, tideway, way, source, out):
    """The sides' commands, by name: from the bucket's folder `data`, or to it from `source`."""
    folders = {name: source if way == "upload" else out / name for name in ("ours", "s5cmd", "rclone", "boto3",
                                                                            "google")}
    scheme = "s3" if kind == "s3" else "gs"
    ours = [tideway, "run", SCRIPT, "-q", "--fresh", "-p", f"way={way}", "-p", f"bucket={scheme}://bench-ours", "-p",
            "prefix=data", "-p", f"folder={folders['ours']}"]

    def python(name):
        return [sys.executable, PEER, name, way, f"bench-{name}", "data", str(folders[name])]

    if kind == "gs":
        return {"ours": ours, "google": python("google")}
    remote = "bench:bench-rclone/data"
    s5cmd = [str(store_servers.S5CMD), "--log", "error", "cp"]
    rclone = [str(store_servers.PROGRAMS / "rclone"), "copy", "--transfers", "32", "-q"]
    if way == "upload":
        s5cmd += [f"{folders['s5cmd']}/", "s3://bench-s5cmd/data/"]
        rclone += [str(folders["rclone"]), remote]
    else:
        s5cmd += ["s3://bench-s5cmd/data/*", f"{folders['s5cmd']}/"]
        rclone += [remote, str(folders["rclone"])]
    return {"ours": ours, "s5cmd": s5cmd, "rclone": rclone, "boto3": python("boto3")}


TOLD = {"ours": "tideway", "s5cmd": "s5cmd", "rclone": "rclone --transfers 32", "boto3": "boto3's transfer manager",
        "google": "google-cloud-storage, 32 threads"}


def compare(kind, title, tideway, work, source):
    out = work / "store" / f"out-{os.getpid()}"
    serve = store_servers.s3 if kind == "s3" else store_servers.google
    wanted = hashes(source)
    with serve(work / "store" / "server", copies(kind, tideway, "upload", source, out)) as (env, buckets):
        for way in ("upload", "download"):
            commands = copies(kind, tideway, way, source, out)
            if way == "download":
                commands = {name: command if name == "ours" else harness.synced(command, out / name)
                            for name, command in commands.items()}
            found = {name: buckets[name] / "data" if way == "upload" else out / name for name in commands}
            sides = [harness.Side(TOLD[name], command, {**env, "TIDEWAY_HOME": str(work / "home")},
                                  renewed(found[name], keep=len(wanted) > 100))
                     for name, command in commands.items()]

            def check():
                for name, folder in found.items():
                    if hashes(folder) != wanted:
                        raise SystemExit(f"{name}: not the files that were there")

            harness.run(f"{way} {title}", sides, check, RUNS)
        shutil.rmtree(out, ignore_errors=True)


def main(tideway, work):
    print(f"{store_servers.versions()}, {harness.versions('boto3', 'google-cloud-storage')}")
    print("Server and client share the cores: compare the client's CPU seconds")
    (work / "store").mkdir(exist_ok=True)
    for size in os.environ.get("TIDEWAY_BENCH_STORE", SIZES).split():
        count, size = (int(number) for number in size.split("x"))
        source = make_folder(work / "store" / f"{count}x{size}", count, size)
        title = f"{count:,} objects of {size:,} bytes"
        compare("s3", f"{title}, S3", tideway, work, source)
        compare("gs", f"{title}, Google's", tideway, work, source)
