"""Ten million texts of 200 words near-deduplicated within 1 GiB. Collected by ./dev soak only."""

import os
import resource

import numpy
import pyarrow
import pyarrow.compute
import pyarrow.parquet

from conftest import ROOT, Tideway
from memory_soak import finish

TEXTS = int(os.environ.get("TIDEWAY_SOAK_TEXTS", "10000000"))
MEMORY_MIB = int(os.environ.get("TIDEWAY_SOAK_MEMORY_MIB", "1024"))
WORDS, AT_ONCE, COPIES = 200, 20_000, 5  # every fifth text is a copy of the one before, changed a little
SCRIPT = """
local tw = require "tideway"
return tw.pipeline {
  name = "dedup-soak",
  run = function()
    local found = tw.dedup.near(tw.dataset.parquet "texts.parquet", { column = "text", id = "id", keep = "first" })
    found.removed:write_parquet "removed.parquet"
    print(found:report().removed)
  end,
}
"""


def make_texts(target):
    """Random words of a vocabulary of 50,000; of 200 words one or two are others in a copy: Jaccard 0.9 or 0.95."""
    random = numpy.random.default_rng(7)
    vocabulary = numpy.array([f"w{number:x}" for number in range(50_000)], dtype=object)
    schema = pyarrow.schema([("id", pyarrow.int64()), ("text", pyarrow.string())])
    partial = target.with_suffix(".partial")
    with pyarrow.parquet.ParquetWriter(partial, schema, compression="zstd") as writer:
        for start in range(0, TEXTS, AT_ONCE):
            words = random.integers(0, len(vocabulary), (AT_ONCE, WORDS))
            words[1::COPIES] = words[0::COPIES]
            words[1::COPIES, 100] = random.integers(0, len(vocabulary), AT_ONCE // COPIES)
            texts = [" ".join(vocabulary[row]) for row in words]
            writer.write_table(pyarrow.table({"id": range(start, start + AT_ONCE), "text": texts}, schema=schema))
    partial.rename(target)


def test_ten_million_texts_are_deduplicated_in_ten_minutes_within_a_gibibyte(program):
    work = ROOT / "build" / "soak" / f"dedup-{TEXTS}"
    work.mkdir(parents=True, exist_ok=True)
    if not (work / "texts.parquet").exists():
        make_texts(work / "texts.parquet")
    (work / "dedup.lua").write_text(SCRIPT)
    process = Tideway(program, work).start("run", "dedup.lua", "-q", "--fresh", "--memory", f"{MEMORY_MIB}MiB")
    out, elapsed_s = finish(process, f"{TEXTS:,} texts", MEMORY_MIB)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{usage.ru_utime + usage.ru_stime:.0f} CPU s, removed {out}")
    copies = TEXTS // COPIES
    assert 0.999 * copies <= int(out) <= copies
    removed = pyarrow.parquet.read_table(work / "removed.parquet")
    assert pyarrow.compute.all(pyarrow.compute.equal(
        pyarrow.compute.subtract(removed["id"], removed["witness"]), 1)).as_py()
    assert elapsed_s <= 600
