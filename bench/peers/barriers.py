"""The barriers as SQL.

usage: barriers.py STEP INPUT LABELS OUTPUT MEMORY THREADS
"""

import sys
import tempfile

import duckdb

STEPS = {
    "sort": "FROM rows ORDER BY id",
    "distinct": "SELECT DISTINCT text FROM rows",
    "group_by": "SELECT \"user\", count(*) AS n, CAST(sum(stars) AS BIGINT) AS total FROM rows GROUP BY \"user\"",
    "join": "FROM rows JOIN labels USING (id)",
}


def main(step, source, labels, target, memory, threads):
    with tempfile.TemporaryDirectory(dir=".") as spill:
        database = duckdb.connect(config={"memory_limit": memory, "threads": threads, "temp_directory": spill})
        database.execute(f"CREATE VIEW rows AS FROM read_parquet('{source}')")
        database.execute(f"CREATE VIEW labels AS FROM read_parquet('{labels}')")
        database.execute(f"COPY ({STEPS[step]}) TO '{target}' (FORMAT parquet, COMPRESSION snappy)")


main(*sys.argv[1:])
