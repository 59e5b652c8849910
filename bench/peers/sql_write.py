"""Writes a Parquet file into a PostgreSQL table that is there.

usage: sql_write.py adbc|polars DATABASE_URL INPUT TABLE
"""

import sys


def write_adbc(url, source, table):
    import pyarrow.parquet
    from adbc_driver_postgresql import dbapi

    file = pyarrow.parquet.ParquetFile(source)
    reader = pyarrow.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches())
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest(table, reader, mode="append")
        connection.commit()


def write_polars(url, source, table):
    import polars

    polars.read_parquet(source).write_database(table, url, engine="adbc", if_table_exists="append")


{"adbc": write_adbc, "polars": write_polars}[sys.argv[1]](*sys.argv[2:])
