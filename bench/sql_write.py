"""A million messages from Parquet into a PostgreSQL table that is there.

The floor is psql, which sends a ready file of binary COPY and makes nothing of it.
"""

import os
import pathlib
import sys

import harness
import inputs

BENCH = pathlib.Path(__file__).resolve().parent
PEERS = ("adbc", "polars")
COLUMNS = "id bigint, message text, department text"
SUMS = "count(*), md5(string_agg(md5(id || ' ' || message || ' ' || department), '' ORDER BY id))"


def psql(database, command):
    return harness.output(["psql", database, "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", command])


class Bench:
    def __init__(self, tideway, work, database):
        self.tideway = tideway
        self.database = database
        self.input = inputs.made(inputs.messages, tideway, work, 1_000_000)
        self.ready = work / "messages-1000000.copy"
        self.env = {"TIDEWAY_HOME": str(work / "home"), "POSTGRES_URL": database}

    def side(self, name, command):
        def empty():
            psql(self.database, f"DROP TABLE IF EXISTS {name}; CREATE TABLE {name} ({COLUMNS})")
            psql(self.database, "CHECKPOINT")

        return harness.Side(name, [str(part) for part in command], self.env, empty)

    def sides(self):
        ours = [self.tideway, "run", BENCH / "sql_write.lua", "-q", "-p", f"input={self.input}", "-p", "table=tideway"]
        copy = f"\\copy psql FROM '{self.ready}' (FORMAT binary)"
        peer = [sys.executable, BENCH / "peers" / "sql_write.py"]
        return [
            self.side("tideway", ours),
            self.side("psql", ["psql", self.database, "-q", "-c", copy]),
            *(self.side(name, [*peer, name, self.database, self.input, name]) for name in PEERS),
        ]

    def make_ready(self):
        """The file that psql sends, by a peer: it is made before our side has written anything."""
        side = self.side("ready", [sys.executable, BENCH / "peers" / "sql_write.py", "adbc", self.database, self.input,
                                   "ready"])
        harness.measure(side)
        psql(self.database, f"\\copy ready TO '{self.ready}' (FORMAT binary)")
        psql(self.database, "DROP TABLE ready")

    def check(self):
        sums = {name: psql(self.database, f"SELECT {SUMS} FROM {name}") for name in ("tideway", "psql", *PEERS)}
        for name, theirs in sums.items():
            if theirs != sums["tideway"]:
                raise SystemExit(f"sql_write: {name} wrote other rows: {theirs}, ours are {sums['tideway']}")


def main(tideway, work):
    print(harness.versions("adbc-driver-postgresql", "polars", "pyarrow"))
    bench = Bench(tideway, work, os.environ["TIDEWAY_TEST_POSTGRES"])
    bench.make_ready()
    harness.run("1,000,000 messages from Parquet to PostgreSQL", bench.sides(), bench.check)
