"""A repository of a Hub on loopback, served by nginx: as fast as a disk and a core can be, so that the client is what
is measured. Small files come from the Hub itself, those of LFS from a second origin, after a redirect."""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

import harness

REPO = "bench/files"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
LFS_BYTES = 10 << 20

CONFIG = """
worker_processes 2;
daemon off;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  etag off;
  default_type application/octet-stream;
  client_body_temp_path {work}/body;
  proxy_temp_path {work}/proxy;
  fastcgi_temp_path {work}/fastcgi;
  uwsgi_temp_path {work}/uwsgi;
  scgi_temp_path {work}/scgi;
  map_hash_max_size 65536;
  map_hash_bucket_size 256;
  map $file $blob {{ include {work}/blobs.map; }}
  map $file $linked {{ include {work}/linked.map; }}
  map $file $location {{ include {work}/location.map; }}
  server {{
    listen 127.0.0.1:{port};
    location ~ ^/api/datasets/{repo}/revision/ {{ default_type application/json; alias {work}/info.json; }}
    location ~ ^/api/datasets/{repo}/tree/ {{ default_type application/json; alias {work}/tree.json; }}
    location ~ ^/datasets/{repo}/resolve/[^/]+/(?<file>.+)$ {{
      add_header X-Repo-Commit {commit} always;
      add_header ETag '"$blob"' always;
      add_header X-Linked-Etag $linked always;
      add_header X-Linked-Size $location always;
      if ($linked) {{ return 302 http://127.0.0.1:{storage}/$file; }}
      alias {files}/$file;
    }}
  }}
  server {{ listen 127.0.0.1:{storage}; root {files}; }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_files(folder, count, size):
    """`count` files of `size` random bytes; kept. Returns the folder."""
    if not folder.exists():
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        for index in range(count):
            path = partial / f"part-{index % 50:02}" / f"{index:05}.bin"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(os.urandom(size))
        partial.rename(folder)
    return folder


def entry(files, path):
    """What the Hub's listing says of a file."""
    content = path.read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    found = {"type": "file", "path": str(path.relative_to(files)), "size": len(content), "oid": blob}
    if len(content) >= LFS_BYTES:
        found["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return found


def write_listing(files, kept):
    paths = sorted(path for path in files.rglob("*") if path.is_file())
    kept.write_text(json.dumps([entry(files, path) for path in paths]))


def listing(files):
    """The tree of the repository; kept beside the files."""
    kept = files.with_suffix(".json")
    if not kept.exists():
        harness.apart(lambda: write_listing(files, kept))
    return json.loads(kept.read_text())


def write_map(path, pairs):
    path.write_text('default "";\n' + "".join(f'"{key}" "{value}";\n' for key, value in pairs))


def write_answers(work, files):
    tree = listing(files)
    siblings = [{"rfilename": found["path"]} for found in tree]
    info = {"_id": "0" * 24, "id": REPO, "sha": COMMIT, "private": False, "gated": False, "disabled": False,
            "downloads": 0, "likes": 0, "tags": [], "lastModified": "2026-01-01T00:00:00.000Z", "siblings": siblings}
    (work / "info.json").write_text(json.dumps(info))
    (work / "tree.json").write_text(json.dumps(tree))
    write_map(work / "blobs.map", [(found["path"], found["oid"]) for found in tree])
    lfs = [found for found in tree if "lfs" in found]
    write_map(work / "linked.map", [(found["path"], f'\\"{found["lfs"]["oid"]}\\"') for found in lfs])
    write_map(work / "location.map", [(found["path"], found["size"]) for found in lfs])


@contextlib.contextmanager
def served(work, files):
    """The address of a Hub that has the repository REPO of these files, and the addresses of the files."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    write_answers(work, files)
    port = free_port()
    storage = free_port()
    config = CONFIG.format(work=work, files=files, port=port, storage=storage, repo=REPO, commit=COMMIT)
    user = "user root;\n" if os.getuid() == 0 else ""  # its workers read what the one who measures wrote
    (work / "nginx.conf").write_text(user + config)
    nginx = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-p", work, "-c", work / "nginx.conf"])
    endpoint = f"http://127.0.0.1:{port}"
    urls = [f"http://127.0.0.1:{storage}/{found['path']}" for found in listing(files)]
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield endpoint, urls
    finally:
        nginx.terminate()
        nginx.wait()
