"""The barriers as SQL.

usage: barriers.py STEP INPUT OUTPUT MEMORY THREADS
"""

import sys
import tempfile

import duckdb

STEPS = {
    "sort": "FROM rows ORDER BY id",
    "distinct": "SELECT DISTINCT text FROM rows",
}


def main(step, source, target, memory, threads):
    with tempfile.TemporaryDirectory(dir=".") as spill:
        database = duckdb.connect(config={"memory_limit": memory, "threads": threads, "temp_directory": spill})
        database.execute(f"CREATE VIEW rows AS FROM read_parquet('{source}')")
        database.execute(f"COPY ({STEPS[step]}) TO '{target}' (FORMAT parquet, COMPRESSION snappy)")


main(*sys.argv[1:])
