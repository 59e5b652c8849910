"""Personal data and secrets out of real source code, Parquet to Parquet: all eleven kinds here, e-mail and IP addresses
at the peer's. What either does on one core without reading and writing is printed too, and how well ours finds what is
labelled in tests/data: the tests print that, and fail below their thresholds.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import pyarrow.compute
import pyarrow.parquet

import corpus
import harness
import inputs

PEERS = ("datatrove",)
MEGABYTES = 100
CORE_MEGABYTES = 400

KERNEL = """
local tw = require "tideway"
return tw.pipeline {
  name = "bench-pii-core", params = { input = "", redact = false },
  run = function(job)
    local rows = tw.dataset.parquet(job.params.input):select("content")
    if job.params.redact then rows = rows:map("content", tw.pii.redact {}) end
    rows:filter(function(row) return #row.content < 0 end):collect()
  end,
}
"""


def main(tideway, work):
    print(harness.versions(*PEERS, "pyarrow"))
    source = inputs.made(corpus.sources, tideway, work, MEGABYTES)
    sides, outputs = harness.file_sides(tideway, work, "pii", source, PEERS)

    def check():
        before = pyarrow.parquet.read_table(source)
        for name in outputs:
            after = pyarrow.parquet.read_table(outputs[name])
            if not after.select(["path", "source"]).equals(before.select(["path", "source"])):
                raise SystemExit(f"pii: the rows of {name} are others than those of the input")
            changed = pyarrow.compute.not_equal(after["content"], before["content"].cast(after["content"].type))
            print(f"  {name} changed {pyarrow.compute.sum(changed).as_py()} of {len(before)} files")

    harness.run(f"personal data out of {MEGABYTES} MB of code, Parquet to Parquet", sides, check)
    print_speed_of_a_core(tideway, work)
    print_quality(tideway)


def print_quality(tideway):
    """Of the frozen labels, and of others made from the same templates."""
    tests = pathlib.Path(__file__).resolve().parents[1] / "tests" / "pipelines" / "pii_test.py"
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-s", "-k", "every_kind or hostile", tests],
                          env={**os.environ, "TIDEWAY": str(tideway)}, capture_output=True, text=True)
    print("\n".join(f"  {line}" for line in done.stdout.splitlines()))
    if done.returncode != 0:
        raise SystemExit("pii: quality is below what was promised")


def print_speed_of_a_core(tideway, work):
    """What one core looks at in a second, without reading and writing: ours is a run of one worker with the kernel,
    less one without it; the peer's is its formatter alone, on texts that are in memory."""
    source = inputs.made(corpus.sources, tideway, work, CORE_MEGABYTES)
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "core.lua"
        script.write_text(KERNEL)

        def cpu_s(redact):
            before = os.times()
            subprocess.run([tideway, "run", script, "-q", "--fresh", "--workers", "1", "-p", f"input={source}",
                            "-p", f"redact={redact}"], check=True, env={**os.environ, "TIDEWAY_HOME": folder})
            after = os.times()
            return after.children_user + after.children_system - before.children_user - before.children_system

        ours = size_of(source) / min(cpu_s("true") - cpu_s("false") for _ in range(3))
    theirs = float(harness.output([sys.executable, pathlib.Path(__file__).parent / "peers" / "pii.py", "speed",
                                   inputs.made(corpus.sources, tideway, work, MEGABYTES)]))
    print(f"  one core: {ours:.0f} MB/s with all kinds, datatrove's formatter {theirs:.1f} MB/s: {ours / theirs:.0f}x")


def size_of(source):
    """The contents of a file, in MB."""
    file = pyarrow.parquet.ParquetFile(source)
    return sum(pyarrow.compute.sum(pyarrow.compute.binary_length(batch["content"])).as_py()
               for batch in file.iter_batches(columns=["content"])) / 1e6
