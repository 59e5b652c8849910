"""Cleaning a million messages, Parquet to Parquet, snappy on every side."""

import pyarrow.parquet

import harness
import inputs

PEERS = ("polars", "datasets", "pandas")


def main(tideway, work):
    print(harness.versions(*PEERS, "pyarrow"))
    source = inputs.made(inputs.messages, tideway, work, 1_000_000)
    sides, outputs = harness.file_sides(tideway, work, "clean", source, PEERS)

    def check():
        ours = pyarrow.parquet.read_table(outputs["tideway"])["message"]
        for name in PEERS:
            theirs = pyarrow.parquet.read_table(outputs[name])["message"].cast(ours.type)
            if not ours.equals(theirs):
                raise SystemExit(f"clean: the output of {name} differs from ours")

    harness.run("clean 1,000,000 messages, Parquet to Parquet", sides, check)
    harness.print_floor("read and write the cleaned Parquet bytes", [outputs["tideway"]])
