"""A stratified 80/10/10 split of ten million rows into three Parquet files, snappy on every side."""

import pathlib
import shutil
import sys

import duckdb

import harness
import inputs

BENCH = pathlib.Path(__file__).resolve().parent
PARTS = ("train", "eval", "test")
PEERS = ("polars", "scikit-learn")


def classes(path):
    counts = duckdb.sql(f"SELECT stars, count(*) FROM '{path}' GROUP BY stars").fetchall()
    return dict(counts)


def rows_of(paths):
    return duckdb.sql(f"SELECT count(*), sum(hash(rows)) FROM read_parquet({paths}) AS rows").fetchall()


def check(source, outputs):
    """All rows of the source are in one part each, and every part has its share of each class, but for rounding."""
    everything = rows_of([str(source)])
    totals = classes(source)
    for name, folder in outputs.items():
        files = {part: next(folder.glob(f"{part}-*.parquet")) for part in PARTS}
        if rows_of([str(path) for path in files.values()]) != everything:
            raise SystemExit(f"split: the parts of {name} are not the rows of {source.name}")
        for (part, path), share in zip(files.items(), (0.8, 0.1, 0.1)):
            counts = classes(path)
            if any(abs(counts[stars] - share * total) > 2 for stars, total in totals.items()):
                raise SystemExit(f"split: {part} of {name} is not stratified: {counts} of {totals}")


def main(tideway, work):
    print(harness.versions(*PEERS, "duckdb"))
    source = inputs.made(inputs.ratings, tideway, work, 10_000_000)
    outputs = {name: work / f"split-{name}" for name in ("tideway", *PEERS)}
    commands = {name: [sys.executable, BENCH / "peers" / "split.py", name, source, outputs[name]] for name in PEERS}
    commands["tideway"] = [tideway, "run", BENCH / "split.lua", "-q", "--fresh", "-p", f"input={source}",
                           "-p", f"output={outputs['tideway']}"]
    sides = [
        harness.Side(name, [str(part) for part in commands[name]], {"TIDEWAY_HOME": str(work / "home")},
                     lambda output=output: shutil.rmtree(output, ignore_errors=True))
        for name, output in outputs.items()
    ]
    harness.run("stratified split of 10,000,000 rows, 80/10/10", sides, lambda: check(source, outputs))
    harness.print_floor("read and write the written bytes", sorted(outputs["tideway"].glob("*.parquet")))
