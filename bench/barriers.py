"""Sorting, deduplicating, grouping and joining ten million rows within 512 MB, Parquet to Parquet.

duckdb is held to the same memory and threads. But for sort, the order of its rows is its own: sets are compared.
"""

import os
import pathlib
import sys

import duckdb

import harness
import inputs

BENCH = pathlib.Path(__file__).resolve().parent
STEPS = ("sort", "distinct", "group_by", "join")
MEMORY = "512MB"


def check(step, outputs):
    """Rows one after another, or as a set: their number, and the sum of their hashes."""
    numbered = f"file_row_number = {step == 'sort'}"
    ours, theirs = (
        duckdb.sql(f"SELECT count(*), sum(hash(rows)) FROM read_parquet('{path}', {numbered}) AS rows").fetchall()
        for path in outputs.values()
    )
    if ours != theirs:
        raise SystemExit(f"barriers: {step}: rows and sum of hashes: {ours} ours, {theirs} of duckdb")


def bench(tideway, work, step, source, labels):
    threads = str(len(os.sched_getaffinity(0)))
    outputs = {name: work / f"barriers-{name}.parquet" for name in ("tideway", "duckdb")}
    commands = {
        "tideway": [tideway, "run", BENCH / "barriers.lua", "-q", "--fresh", "--memory", MEMORY, "--workers", threads,
                    "-p", f"step={step}", "-p", f"input={source}", "-p", f"labels={labels}",
                    "-p", f"output={outputs['tideway']}"],
        "duckdb": [sys.executable, BENCH / "peers" / "barriers.py", step, source, labels, outputs["duckdb"], MEMORY,
                   threads],
    }
    sides = [
        harness.Side(name, [str(part) for part in command], {"TIDEWAY_HOME": str(work / "home")},
                     lambda output=outputs[name]: output.unlink(missing_ok=True))
        for name, command in commands.items()
    ]
    harness.run(f"{step} 10,000,000 rows within {MEMORY}, {threads} threads", sides, lambda: check(step, outputs))
    harness.print_floor("read and write the written bytes", [outputs["tideway"]])


def main(tideway, work):
    print(harness.versions("duckdb"))
    source = inputs.made(inputs.ratings, tideway, work, 10_000_000)
    labels = inputs.made(inputs.labels, tideway, work, 10_000_000)
    for step in STEPS:
        bench(tideway, work, step, source, labels)
