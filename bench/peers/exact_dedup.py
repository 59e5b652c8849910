"""Each text once, the first of equal ones.

usage: exact_dedup.py PEER INPUT OUTPUT
"""

import sys


def polars(source, target):
    import polars

    polars.scan_parquet(source).unique(subset="content", keep="first", maintain_order=True).sink_parquet(
        target, compression="snappy")


def duckdb(source, target):
    import duckdb

    duckdb.sql(f"""COPY (SELECT * FROM read_parquet('{source}') WHERE path IN
        (SELECT arg_min(path, file_row_number) FROM read_parquet('{source}', file_row_number = true)
         GROUP BY content)) TO '{target}' (FORMAT parquet, COMPRESSION snappy)""")


def main(peer, source, target):
    {"polars": polars, "duckdb": duckdb}[peer](source, target)


main(*sys.argv[1:])
