"""A query of a million messages in PostgreSQL, read as Arrow and written to Parquet.

The floor of reading is psql, which copies the same rows to /dev/null and makes nothing of them.
"""

import os
import pathlib
import sys

import duckdb

import harness
import inputs

BENCH = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH.parent / "tests" / "support"))
import load_postgres  # noqa: E402

QUERY = "SELECT id, message, department FROM complaints"
PEERS = ("adbc", "connectorx", "connectorx-2")


def rows_of(path):
    query = f"SELECT count(*), sum(hash(id, message, department)) FROM '{path}'"
    return duckdb.sql(query).fetchall()


class Bench:
    def __init__(self, tideway, work, database):
        self.tideway = tideway
        self.database = database
        self.env = {"TIDEWAY_HOME": str(work / "home"), "POSTGRES_URL": database}
        self.outputs = {name: work / f"sql_read-{name}.parquet" for name in ("tideway", *PEERS)}

    def side(self, name, output=None):
        if name == "tideway":
            command = [self.tideway, "run", BENCH / "sql_read.lua", "-q", "-p", f"query={QUERY}"]
            command += ["-p", f"output={output}"] if output else []
        else:
            command = [sys.executable, BENCH / "peers" / "sql_read.py", name, self.database, QUERY]
            command += [output] if output else []
        before = (lambda: output.unlink(missing_ok=True)) if output else None
        return harness.Side(name, [str(part) for part in command], self.env, before)

    def read(self):
        copy = f"COPY ({QUERY}) TO STDOUT (FORMAT binary)"
        floor = harness.Side("psql, binary COPY to /dev/null", ["psql", self.database, "-c", copy])
        sides = [self.side("tideway"), floor, *(self.side(name) for name in PEERS)]
        harness.run("read 1,000,000 messages from PostgreSQL", sides, check=lambda: None)

    def write(self):
        def check():
            ours = rows_of(self.outputs["tideway"])
            for name, output in self.outputs.items():
                if rows_of(output) != ours:
                    raise SystemExit(f"sql_read: {name} wrote other rows: {rows_of(output)}, ours are {ours}")

        sides = [self.side(name, output) for name, output in self.outputs.items()]
        harness.run("1,000,000 messages from PostgreSQL to Parquet", sides, check)
        harness.print_floor("read and write the written bytes", [self.outputs["tideway"]])


def main(tideway, work):
    print(harness.versions("adbc-driver-postgresql", "connectorx", "pyarrow", "duckdb"))
    database = os.environ["TIDEWAY_TEST_POSTGRES"]
    complaints = inputs.made(inputs.complaints, tideway, work, 1_000_000)
    harness.apart(lambda: load_postgres.load(complaints, database))
    bench = Bench(tideway, work, database)
    bench.write()
    bench.read()
