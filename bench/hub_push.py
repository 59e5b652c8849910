"""A push of three splits of a gigabyte in all, to a fake Hub on loopback.

Python has its Arrow cache from the run before: reading Parquet costs it nothing. The fake hashes what it gets, on one
of the cores, for both.
"""

import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

import pyarrow.parquet

import harness
import inputs

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROWS = {"train": 3_200_000, "validation": 400_000, "test": 400_000}
TOKEN = "hf_write"


@contextlib.contextmanager
def fake_hub(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    server = subprocess.Popen([sys.executable, "-m", "tests.fakes.hub", "--folder", folder], cwd=ROOT,
                              stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(server.stdout.readline())["endpoint"]
    finally:
        server.terminate()
        server.wait()


def make_split(tideway, work, name, rows):
    """`rows` messages of about 260 bytes as a Parquet file, uncompressed: texts as long as those of a real corpus."""
    target = work / "hub" / f"split-{name}-{rows}.parquet"
    if not target.exists():
        partial = target.with_suffix(".partial")
        source = pyarrow.parquet.ParquetFile(inputs.messages(tideway, work, 1_000_000))
        with pyarrow.parquet.ParquetWriter(partial, source.schema_arrow, compression="none") as writer:
            left = rows
            while left > 0:
                for batch in source.iter_batches(100_000):
                    writer.write_batch(batch.slice(0, left))
                    left -= batch.num_rows
                    if left <= 0:
                        break
        partial.rename(target)


def removed(endpoint, repo):
    """Deletes the repository, so that the next push makes and fills it."""
    def remove():
        namespace, name = repo.split("/")
        body = json.dumps({"type": "dataset", "name": name, "organization": namespace}).encode()
        request = urllib.request.Request(f"{endpoint}/api/repos/delete", body, method="DELETE", headers={
            "Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request).close()
    return remove


def rows_of(endpoint, repo, split):
    import huggingface_hub

    api = huggingface_hub.HfApi(endpoint, TOKEN)
    names = sorted(one for one in api.list_repo_files(repo, repo_type="dataset") if one.startswith(f"data/{split}-"))
    tables = [pyarrow.parquet.read_table(api.hf_hub_download(repo, name, repo_type="dataset")) for name in names]
    return pyarrow.concat_tables([table.replace_schema_metadata() for table in tables])


def main(tideway, work):
    print(harness.versions("datasets", "huggingface_hub", "hf_xet", "pyarrow"))
    (work / "hub").mkdir(exist_ok=True)
    for name, rows in ROWS.items():
        harness.apart(lambda name=name, rows=rows: make_split(tideway, work, name, rows))
    splits = [f"{name}={work}/hub/split-{name}-{rows}.parquet" for name, rows in ROWS.items()]
    with fake_hub(work / "hub" / "fake") as endpoint:
        env = {"HF_ENDPOINT": endpoint, "HF_TOKEN": TOKEN, "HF_HOME": str(work / "hub" / "home"),
               "TIDEWAY_HOME": str(work / "home"), "HF_HUB_DISABLE_PROGRESS_BARS": "1",
               "HF_HUB_DISABLE_XET": "1"}  # the fake has none
        sides = [
            harness.Side("tideway hub push", [tideway, "hub", "push", "ns/ours", *splits], env,
                         removed(endpoint, "ns/ours")),
            harness.Side("push_to_hub",
                         [sys.executable, ROOT / "bench" / "peers" / "hub_push.py", "ns/python", *splits], env,
                         removed(endpoint, "ns/python")),
        ]

        def check():
            for split in ROWS:
                if not rows_of(endpoint, "ns/ours", split).equals(rows_of(endpoint, "ns/python", split)):
                    raise SystemExit(f"hub_push: the split {split} differs")

        harness.run("push of 4,000,000 messages in 3 splits", sides, check)
