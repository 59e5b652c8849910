"""The inputs of the benches: generated messages of about 260 bytes, and short ratings; the same ones every time."""

import pathlib
import sqlite3

import numpy
import pyarrow
import pyarrow.parquet

import harness


ROOT = pathlib.Path(__file__).resolve().parents[1]


def made(make, tideway, work, rows):
    """The input that `make` (messages, ratings ...) gives, made in a process of its own if it is not there yet."""
    harness.apart(lambda: make(tideway, work, rows))
    return make(tideway, work, rows)


def complaints(tideway, work, rows):
    """A SQLite database of `rows` generated complaints."""
    database = work / f"complaints-{rows}.db"
    if not database.exists():
        harness.call([tideway, "run", ROOT / "scripts" / "make_complaints.lua", "-q",
                      "-p", f"output={database}", "-p", f"complaints={rows}"])
    return database


def messages(tideway, work, rows):
    """A Parquet file of `rows` messages with a department each, in row groups of 100,000 rows."""
    target = work / f"messages-{rows}.parquet"
    if target.exists():
        return target
    cursor = sqlite3.connect(complaints(tideway, work, rows)).execute(
        "SELECT id, message, department FROM complaints WHERE department IS NOT NULL ORDER BY id")
    schema = pyarrow.schema([("id", pyarrow.int64()), ("message", pyarrow.string()), ("department", pyarrow.string())])
    partial = target.with_suffix(".partial")
    with pyarrow.parquet.ParquetWriter(partial, schema) as writer:
        while batch := cursor.fetchmany(100_000):
            columns = [pyarrow.array(column, field.type) for column, field in zip(zip(*batch), schema)]
            writer.write_table(pyarrow.table(columns, schema=schema))
    partial.rename(target)
    return target


def ratings(tideway, work, rows):
    """A Parquet file of `rows` ratings: a shuffled id, one of 100,000 users, stars, and a text of which half recur."""
    target = work / f"ratings-{rows}.parquet"
    if target.exists():
        return target
    random = numpy.random.default_rng(42)
    words = numpy.array("water road school street lamp office ward please night repair health three bridge".split())
    ids = random.permutation(rows)
    schema = pyarrow.schema([("id", pyarrow.int64()), ("user", pyarrow.int64()), ("stars", pyarrow.int64()),
                             ("text", pyarrow.string())])
    partial = target.with_suffix(".partial")
    with pyarrow.parquet.ParquetWriter(partial, schema) as writer:
        for start in range(0, rows, 1_000_000):
            size = min(1_000_000, rows - start)
            text = random.integers(0, 3_000, size).astype(str)
            for _ in range(3):
                text = numpy.strings.add(numpy.strings.add(text, " "), random.choice(words, size))
            columns = [ids[start:start + size], random.integers(0, 100_000, size), random.integers(1, 6, size), text]
            writer.write_table(pyarrow.table([pyarrow.array(column) for column in columns], schema=schema))
    partial.rename(target)
    return target


def labels(tideway, work, rows):
    """A Parquet file with a label for every other one of `rows` ratings, in an order of its own."""
    target = work / f"labels-{rows}.parquet"
    if not target.exists():
        ids = 2 * numpy.random.default_rng(7).permutation(rows // 2)
        names = numpy.array(["good", "bad", "neither", "unclear"])[ids // 2 % 4]
        partial = target.with_suffix(".partial")
        pyarrow.parquet.write_table(pyarrow.table({"id": ids, "label": names}), partial)
        partial.rename(target)
    return target


def csv(tideway, work, rows):
    return converted(tideway, work, rows, ".csv")


def jsonl(tideway, work, rows):
    return converted(tideway, work, rows, ".jsonl")


def converted(tideway, work, rows, ending):
    """The messages in another format."""
    source = messages(tideway, work, rows)
    target = source.with_suffix(ending)
    if not target.exists():
        harness.call([tideway, "run", ROOT / "bench" / "formats.lua", "-q", "-p", "step=convert",
                      "-p", f"input={source}", "-p", f"output={target}"])
    return target
