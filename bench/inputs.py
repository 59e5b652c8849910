"""The inputs of the Parquet benches: generated messages of about 260 bytes, the same ones every time."""

import sqlite3

import pyarrow
import pyarrow.parquet

import harness


def complaints(tideway, root, work, rows):
    """A SQLite database of `rows` generated complaints."""
    database = work / f"complaints-{rows}.db"
    if not database.exists():
        harness.call([tideway, "run", root / "scripts" / "make_complaints.lua", "-q",
                      "-p", f"output={database}", "-p", f"complaints={rows}"])
    return database


def messages(tideway, root, work, rows):
    """A Parquet file of `rows` messages with a department each, in row groups of 100,000 rows."""
    target = work / f"messages-{rows}.parquet"
    if target.exists():
        return target
    cursor = sqlite3.connect(complaints(tideway, root, work, rows)).execute(
        "SELECT id, message, department FROM complaints WHERE department IS NOT NULL ORDER BY id")
    schema = pyarrow.schema([("id", pyarrow.int64()), ("message", pyarrow.string()), ("department", pyarrow.string())])
    partial = target.with_suffix(".partial")
    with pyarrow.parquet.ParquetWriter(partial, schema) as writer:
        while batch := cursor.fetchmany(100_000):
            columns = [pyarrow.array(column, field.type) for column, field in zip(zip(*batch), schema)]
            writer.write_table(pyarrow.table(columns, schema=schema))
    partial.rename(target)
    return target
