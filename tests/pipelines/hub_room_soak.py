"""What a push of many shards takes of memory and of the disk for files on their way.

Collected by ./dev soak only.
"""

import contextlib
import os
import pathlib
import re

import pyarrow
import pyarrow.parquet
import pytest

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

FILES, ROWS, ROW_BYTES = 100, 100_000, 1000  # 10 GB
MEMORY = 700 << 20

PUSH = """
local tw = require "tideway"
return tw.pipeline {
  name = "large",
  run = function() tw.hub.dataset("ns/large"):push { train = tw.dataset.parquet("texts/*.parquet") } end,
}
"""


def write_texts(folder):
    """A file of texts that do not compress, under many names."""
    folder.mkdir()
    texts = [os.urandom(ROW_BYTES // 2).hex() for _ in range(ROWS)]
    first = folder / "000.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"text": texts}), first, row_group_size=10_000)
    for index in range(1, FILES):
        (folder / f"{index:03}.parquet").hardlink_to(first)


def room_of(folder):
    with contextlib.suppress(FileNotFoundError):
        return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
    return 0


def peak_memory_of(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, TypeError):
        return int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) << 10
    return 0


def test_a_push_of_ten_gigabytes_has_the_room_of_two_shards(tideway, hub):
    write_texts(tideway.folder / "texts")
    script = tideway.folder / "large.lua"
    script.write_text(PUSH)
    program = tideway.start("run", script, "--memory", "512MiB", env={
        "HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_write"})
    room, memory = 0, 0
    while program.poll() is None:
        room = max(room, room_of(tideway.folder / ".tideway"))
        memory = max(memory, peak_memory_of(program.pid))
    assert program.returncode == 0, program.stderr.read()
    shards = [size for path, size in hub.repo("datasets", "ns/large").files().items() if path.startswith("data/")]
    print(f"\n{len(shards)} shards of {max(shards) >> 20} MiB: {room >> 20} MiB of disk, {memory >> 20} MiB of memory")
    assert len(shards) > 10 and max(shards) < room < 2 * max(shards) + (1 << 20)
    assert memory < MEMORY
