"""The whole job, PostgreSQL to two datasets of three Parquet splits, at 100,000 and 1,000,000 complaints."""

import collections
import os
import pathlib
import shutil
import sys

import pyarrow.parquet

import harness
import inputs

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import load_postgres  # noqa: E402

SPLITS = ("train", "eval", "test")


def read(folder, split):
    return pyarrow.parquet.read_table(folder / "data" / f"{split}-00000-of-00001.parquet")


def check_equal(outputs):
    """Same number of rows per split and class, within the one row per class and cut that rounding rules move,
    and the same messages: all of the mistakes, and as many correct ones from the same pool."""
    facts = []
    for output in outputs:
        for column in ("department", "urgency"):
            tables = {split: read(output / column, split) for split in SPLITS}
            total = sum(table.num_rows for table in tables.values())
            classes = collections.Counter()
            for table in tables.values():
                classes.update(table["label"].to_pylist())
            facts.append((output.name, column, total, {s: t.num_rows for s, t in tables.items()}, classes))
    ours = {column: fact for name, column, *fact in facts if name == outputs[0].name}
    for name, column, total, sizes, classes in facts:
        want_total, want_sizes, want_classes = ours[column]
        slack = len(want_classes) * 2
        if total != want_total or any(abs(sizes[s] - want_sizes[s]) > slack for s in SPLITS):
            raise SystemExit(f"{name}/{column}: splits {sizes}, ours {want_sizes}")
        if any(abs(classes[c] - want_classes[c]) > 0.02 * want_total for c in want_classes):
            raise SystemExit(f"{name}/{column}: classes {classes}, ours {want_classes}")


def check_texts(outputs):
    """Cleaned text is equal: every message of ours that another side also drew is there, byte for byte."""
    for column in ("department", "urgency"):
        texts = [
            set().union(*(read(output / column, split)["grievance"].to_pylist() for split in SPLITS))
            for output in outputs
        ]
        for output, theirs in zip(outputs[1:], texts[1:]):
            shared = len(texts[0] & theirs) / len(texts[0])
            if shared < 0.6:  # all mistakes are two thirds of the rows
                raise SystemExit(f"{output.name}/{column}: only {shared:.0%} of our cleaned messages are in it")


def bench(tideway, postgres, work, complaints):
    database = inputs.complaints(tideway, work, complaints)
    harness.apart(lambda: load_postgres.load(database, postgres))
    outputs = [work / name for name in ("tideway", "fast", "usual")]
    settings = {
        "POSTGRES_URL": postgres, "MIN_DATASET_LEN": "1000", "TIDEWAY_HOME": str(work / "home"),
        "DEPARTMENT_DATASET": f"file:{outputs[0]}/department", "URGENCY_DATASET": f"file:{outputs[0]}/urgency",
    }
    peers = ROOT / "bench" / "peers"

    def side(name, output, command, env):
        return harness.Side(name, [str(part) for part in command], env,
                            before=lambda: shutil.rmtree(output, ignore_errors=True))

    sides = [
        side("tideway", outputs[0], [tideway, "run", ROOT / "scripts" / "grievances.lua", "-q"], settings),
        side("connectorx + polars", outputs[1],
             [sys.executable, peers / "grievances_fast.py", postgres, outputs[1]], {}),
        side("pandas + scikit-learn + datasets", outputs[2],
             [sys.executable, peers / "grievances_usual.py", postgres, outputs[2]], {}),
    ]

    def check():
        check_equal(outputs)
        check_texts(outputs)

    harness.run(f"whole job, {complaints:,} complaints in PostgreSQL to 2 x 3 Parquet splits", sides, check)
    harness.print_floor("read and write the published Parquet bytes", sorted(outputs[0].glob("*/data/*.parquet")))


def main(tideway, work):
    print(harness.versions("connectorx", "polars", "pandas", "sqlalchemy", "scikit-learn", "datasets", "pyarrow"))
    postgres = os.environ["TIDEWAY_TEST_POSTGRES"]
    for complaints in (100_000, 1_000_000):
        bench(tideway, postgres, work, complaints)
