"""Reads a query of PostgreSQL into an Arrow table, and writes that to Parquet where an output is named.

usage: sql_read.py adbc|connectorx|connectorx-2 DATABASE_URL QUERY [OUTPUT]      connectorx-2: in two partitions
"""

import sys


def read_adbc(url, query):
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetch_arrow_table()


def read_connectorx(url, query, **partitions):
    import connectorx

    return connectorx.read_sql(url, query, return_type="arrow", **partitions)


READERS = {
    "adbc": read_adbc,
    "connectorx": read_connectorx,
    "connectorx-2": lambda url, query: read_connectorx(url, query, partition_on="id", partition_num=2),
}


def main(peer, url, query, output=None):
    rows = READERS[peer](url, query)
    if output:
        import pyarrow.parquet

        pyarrow.parquet.write_table(rows, output, compression="snappy")


main(*sys.argv[1:])
