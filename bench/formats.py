"""Reading Parquet, CSV and JSON lines, and writing Parquet, snappy on every side.

Ours and duckdb's read batch after batch; pyarrow and polars hold the whole.
"""

import pathlib
import sys

import pyarrow.parquet

import harness
import inputs

BENCH = pathlib.Path(__file__).resolve().parent
PEERS = ("pyarrow", "polars", "duckdb")


class Bench:
    def __init__(self, tideway, work):
        self.tideway = tideway
        self.work = work

    def side(self, name, step, source, target=""):
        if name == "tideway":
            command = [self.tideway, "run", BENCH / "formats.lua", "-q", "--fresh", "-p", f"step={step}",
                       "-p", f"input={source}", "-p", f"output={target}"]
        else:
            command = [sys.executable, BENCH / "peers" / "formats.py", name, step, source, target]
        before = (lambda: target.unlink(missing_ok=True)) if target else None
        return harness.Side(name, [str(part) for part in command], {"TIDEWAY_HOME": str(self.work / "home")}, before)

    def check(self, source, outputs):
        ours = pyarrow.parquet.read_table(outputs["tideway"])
        for name, target in outputs.items():
            if not ours.equals(pyarrow.parquet.read_table(target).cast(ours.schema)):
                raise SystemExit(f"formats: {name} reads or writes other rows of {source.name} than we do")

    def read(self, source):
        """What each side reads is compared as the Parquet file that it makes of it."""
        names = ("tideway", *PEERS)
        outputs = {name: self.work / f"formats-{name}.parquet" for name in names}

        def check():
            for name, target in outputs.items():
                harness.measure(self.side(name, "convert", source, target))
            self.check(source, outputs)

        title = f"read {source.name}, {source.stat().st_size / 2**20:.0f} MiB"
        harness.run(title, [self.side(name, "read", source) for name in names], check)
        harness.print_floor("read and write the same bytes", [source])

    def convert(self, source):
        outputs = {name: self.work / f"formats-{name}.parquet" for name in ("tideway", *PEERS, "pyarrow-hub")}
        sides = [self.side(name, "convert", source, target) for name, target in outputs.items()]
        title = f"{source.name} to Parquet; ours and pyarrow-hub as the Hub's own writer does"
        harness.run(title, sides, lambda: self.check(source, outputs))
        harness.print_floor("read and write the written bytes", [outputs["tideway"]])


def main(tideway, work):
    print(harness.versions(*PEERS))
    bench = Bench(tideway, work)
    messages = inputs.made(inputs.messages, tideway, work, 1_000_000)
    ratings = inputs.made(inputs.ratings, tideway, work, 10_000_000)
    csv = inputs.made(inputs.csv, tideway, work, 1_000_000)
    jsonl = inputs.made(inputs.jsonl, tideway, work, 1_000_000)
    for source in (messages, ratings, csv, jsonl):
        bench.read(source)
    for source in (messages, ratings):
        bench.convert(source)
