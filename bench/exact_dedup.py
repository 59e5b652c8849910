"""Exact duplicates among 2.3 GB of sources, Parquet to Parquet; the rows of all outputs are the same."""

import duckdb

import corpus
import harness
import inputs


def check(outputs):
    found = {
        side: duckdb.sql(f"SELECT count(*), sum(hash(path)), sum(hash(content)) FROM read_parquet('{path}')").fetchall()
        for side, path in outputs.items()
    }
    if len(set(map(tuple, found.values()))) > 1:
        raise SystemExit(f"exact_dedup: rows and sums of hashes differ: {found}")


def main(tideway, work):
    print(harness.versions("duckdb", "polars"))
    source = inputs.made(corpus.sources, tideway, work, 0)
    sides, outputs = harness.file_sides(tideway, work, "exact_dedup", source, ["polars", "duckdb"], memories=["8GiB"])
    harness.run("exact dedup of all sources, 2.3 GB", sides, lambda: check(outputs), runs=3)
    harness.print_floor("read and write the written bytes", [outputs["tideway"]])
