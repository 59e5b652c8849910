"""A row function over a million rows: drop short rows, look up a label, lower-case, count a character."""

import pyarrow.parquet

import harness
import inputs

PEERS = ("polars", "duckdb", "datasets-batched", "datasets")


def main(tideway, work):
    print(harness.versions("polars", "duckdb", "datasets", "pyarrow"))
    source = inputs.made(inputs.messages, tideway, work, 1_000_000)
    sides, outputs = harness.file_sides(tideway, work, "row_function", source, PEERS)

    def check():
        ours = pyarrow.parquet.read_table(outputs["tideway"])
        for name in PEERS:
            theirs = pyarrow.parquet.read_table(outputs[name]).select(ours.column_names).cast(ours.schema)
            if not ours.equals(theirs):
                raise SystemExit(f"row_function: the output of {name} differs from ours")

    harness.run("row function over 1,000,000 rows, Parquet to Parquet", sides, check, runs=3)
    harness.print_floor("read and write the resulting Parquet bytes", [outputs["tideway"]])
