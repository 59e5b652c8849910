"""Downloads from a Hub on loopback: 5,000 files of 20 KB, and 5 GB in 10 files, every byte hashed."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

import harness
import hub_server

SNAPSHOT = "import sys, huggingface_hub; huggingface_hub.snapshot_download(sys.argv[1], repo_type='dataset')"


def hashes(folder):
    def hash_of(path):
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return {str(path.relative_to(folder)): hash_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def renewed(folder, keep):
    """Each run has a new folder. `keep` the old one: for minutes after many files were removed, ext4 is slow to make
    others."""
    def renew():
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
        elif folder.exists():
            old = folder.parent / "old"
            old.mkdir(exist_ok=True)
            folder.rename(old / f"{folder.name}-{len(list(old.iterdir()))}")
        folder.mkdir(parents=True)
        os.sync()
    return renew


def snapshot(cache):
    name = "datasets--" + hub_server.REPO.replace("/", "--")
    return cache / name / "snapshots" / hub_server.COMMIT


def lists(work, urls, out):
    """The files that tell curl and aria2c what to fetch to where."""
    names = [url.split("/", 3)[3] for url in urls]
    (work / "curl.txt").write_text("".join(
        f'url = "{url}"\noutput = "{out / "curl" / name}"\n' for url, name in zip(urls, names)))
    (work / "aria2c.txt").write_text("".join(f"{url}\n  out={name}\n" for url, name in zip(urls, names)))


def compare(title, tideway, work, files, runs):
    out = work / "hub" / f"out-{os.getpid()}-{len(title)}"
    with hub_server.served(work / "hub" / "server", files) as (endpoint, urls):
        lists(work / "hub", urls, out)
        hub = {"HF_ENDPOINT": endpoint, "HF_TOKEN": "", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
               "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}
        folders = {name: out / name for name in ("ours", "python", "curl", "aria2c")}
        found = {"ours": snapshot(folders["ours"]), "python": snapshot(folders["python"]),
                 "curl": folders["curl"], "aria2c": folders["aria2c"]}

        def side(name, told, command, env=None):
            return harness.Side(told, command, env or {}, renewed(folders[name], keep=len(urls) > 100))

        sides = [
            side("ours", "tideway hub get", [tideway, "hub", "get", hub_server.REPO],
                 {**hub, "HF_HUB_CACHE": str(folders["ours"])}),
            side("python", "snapshot_download", [sys.executable, "-c", SNAPSHOT, hub_server.REPO],
                 {**hub, "HF_HUB_CACHE": str(folders["python"])}),
            side("curl", "curl --parallel (checks nothing)",
                 ["curl", "--parallel", "--parallel-max", "64", "--create-dirs", "--no-progress-meter", "-K",
                  str(work / "hub" / "curl.txt")]),
            side("aria2c", "aria2c -j 64 (checks nothing)",
                 ["aria2c", "-q", "-j", "64", "--file-allocation=none", "-i", str(work / "hub" / "aria2c.txt"), "-d",
                  str(folders["aria2c"])]),
        ]

        def check():
            wanted = hashes(files)
            for name, folder in found.items():
                if hashes(folder) != wanted:
                    raise SystemExit(f"{name}: not the files that were served")

        harness.run(title, sides, check, runs)
        shutil.rmtree(out)


def main(tideway, work):
    for tool in ("curl", "aria2c"):
        print(subprocess.run([tool, "--version"], capture_output=True, text=True).stdout.splitlines()[0])
    hub = work / "hub"
    hub.mkdir(exist_ok=True)
    compare("5,000 files of 20 KB", tideway, work, hub_server.make_files(hub / "small", 5000, 20_000), 5)
    large = hub_server.make_files(hub / "large", 10, 500_000_000)
    compare("5 GB in 10 files", tideway, work, large, 5)
    harness.print_floor("5 GB read and written in turn", sorted(large.rglob("*.bin")))
