"""Object stores, by whole runs against an S3 server."""

import os
import pathlib
import signal
import time

import pyarrow
import pyarrow.parquet

from conftest import wait_until
from fault_proxy import FaultProxy
from object_stores import run, script
from s3_server import KEYS

MIB = 1 << 20


def peak_mib(process):
    """The most memory that a process has until it ends, as the system tells while it runs."""
    peak = 0
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            continue
        lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        peak = max([peak, *(int(line.split()[1]) / 1024 for line in lines)])
        time.sleep(0.005)
    assert process.returncode == 0, process.stderr.read()
    assert peak > 0
    return peak


def test_parquet_in_a_bucket_is_a_source(tideway, s3, tmp_path):
    for part in range(3):
        table = pyarrow.table({"id": range(part * 50000, part * 50000 + 50000),
                               "text": [os.urandom(20).hex() for _ in range(50000)]})
        pyarrow.parquet.write_table(table, tmp_path / f"{part}.parquet", row_group_size=10000)
    done = run(tideway, s3, """
        local bucket = tw.store.open "s3://source"
        bucket:create_bucket()
        for part = 0, 2 do bucket:put_file("data/" .. part .. ".parquet", part .. ".parquet") end
        bucket:put("data/readme.txt", "no rows")
        local rows = tw.dataset.parquet "s3://source/data/*.parquet"
        print(rows:count(), rows:select({ "id" }):filter(tw.col "id":ge(149998)):count())
        print(#tw.dataset.text("s3://source/data/readme.txt"):collect())""")
    assert done.out.splitlines()[:2] == ["150000\t2", "1"]
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in done.out + done.err


def test_an_address_without_objects_is_an_error(tideway, s3):
    body = 'tw.store.open("s3://nothing"):create_bucket() print(tw.dataset.parquet("s3://nothing/*.parquet"):count())'
    done = tideway("run", script(tideway.folder, body), env=s3)
    assert done.code != 0 and "no object s3://nothing/*.parquet" in done.err


def test_a_killed_upload_goes_on_where_it_stopped(tideway, s3, tmp_path):
    (tmp_path / "big").write_bytes(os.urandom(160 * MIB))
    body = 'local b = tw.store.open "s3://kills" b:create_bucket() b:put_file("big", "big")'
    notes = pathlib.Path(s3["XDG_STATE_HOME"]) / "tideway" / "uploads"
    process = tideway.start("run", script(tideway.folder, body), env=s3)
    wait_until(lambda: process.poll() is not None or any(
        note.stat().st_size > 0 for note in (notes.iterdir() if notes.exists() else [])))
    process.send_signal(signal.SIGKILL)
    process.wait()
    noted = [note for note in notes.iterdir() if note.stat().st_size > 0]
    assert len(noted) == 1, "the upload was over before it was killed"
    number = noted[0].read_text()
    done = run(tideway, s3, body + ' b:get_file("big", "back")')
    assert (tmp_path / "back").read_bytes() == (tmp_path / "big").read_bytes()
    assert list(notes.iterdir()) == [] and number not in done.err


def test_a_killed_download_goes_on_where_it_stopped(tideway, s3, s3_server, tmp_path):
    (tmp_path / "big").write_bytes(os.urandom(160 * MIB))
    run(tideway, s3, 'local b = tw.store.open "s3://killed-gets" b:create_bucket() b:put_file("big", "big")')
    get = script(tmp_path, 'tw.store.open("s3://killed-gets"):get_file("big", "back")')
    notes = tmp_path / ".back.parts.tideway-tmp"
    with FaultProxy(s3_server.port, faults={"bandwidth": 100}) as proxy:
        process = tideway.start("run", get, env=s3_server.environment(proxy.port))
        wait_until(lambda: process.poll() is not None or (notes.exists() and notes.read_text().count("\n") > 4))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (tmp_path / "back").exists(), "the download was over before it was killed"
    noted = notes.read_text().count("\n") - 1
    with FaultProxy(s3_server.port) as proxy:
        done = tideway("run", get, "--fresh", env=s3_server.environment(proxy.port))
    assert done.code == 0, done.err
    assert (tmp_path / "back").read_bytes() == (tmp_path / "big").read_bytes()
    # The first part is fetched with what tells the version.
    assert sum(proxy.requests.values()) == 10 - noted + 1, proxy.requests
    assert [path for path in tmp_path.iterdir() if path.name.endswith(".tideway-tmp")] == []


def test_memory_does_not_grow_with_an_object(tideway, s3, tmp_path):
    with open(tmp_path / "large", "wb") as file:
        for _ in range(6):
            file.write(os.urandom(64 * MIB))
    body = ('local b = tw.store.open "s3://memory" b:create_bucket() b:put_file("large", "large") '
            'b:get_file("large", "back")')
    process = tideway.start("run", script(tideway.folder, body), env=s3)
    assert peak_mib(process) < 200
    assert (tmp_path / "back").stat().st_size == 384 * MIB
