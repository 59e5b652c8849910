"""Copies the two complaint tables from a SQLite file into PostgreSQL, in any row order.

usage: load_postgres.py SQLITE_FILE POSTGRES_URI [SHUFFLE_SEED]
"""

import io
import random
import sqlite3
import sys

import psycopg2

TABLES = {
    "complaints": "id bigint PRIMARY KEY, message text, department text, urgency text",
    "misclassified_complaints": "id bigint PRIMARY KEY, complaint_id bigint, reviewed boolean, "
    "correct_department text, correct_urgency text",
}


def escape(value):
    if value is None:
        return r"\N"
    text = str(value)
    for raw, escaped in (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r")):
        text = text.replace(raw, escaped)
    return text


def copy_table(source, target, table, columns, shuffle_seed):
    rows = source.execute(f"SELECT * FROM {table} ORDER BY id")
    if shuffle_seed is not None:
        rows = rows.fetchall()
        random.Random(shuffle_seed).shuffle(rows)
    target.execute(f"DROP TABLE IF EXISTS {table}")
    target.execute(f"CREATE TABLE {table} ({columns})")
    batch = []
    for row in rows:
        batch.append("\t".join(map(escape, row)) + "\n")
        if len(batch) == 100_000:
            target.copy_expert(f"COPY {table} FROM STDIN", io.StringIO("".join(batch)))
            batch.clear()
    target.copy_expert(f"COPY {table} FROM STDIN", io.StringIO("".join(batch)))


def load(sqlite_file, postgres_uri, shuffle_seed=None):
    source = sqlite3.connect(f"file:{sqlite_file}?mode=ro", uri=True)
    connection = psycopg2.connect(postgres_uri)
    with connection, connection.cursor() as target:
        for table, columns in TABLES.items():
            copy_table(source, target, table, columns, shuffle_seed)
    connection.autocommit = True
    with connection.cursor() as target:
        target.execute("CREATE INDEX IF NOT EXISTS by_complaint ON misclassified_complaints (complaint_id)")
        target.execute("VACUUM ANALYZE")
    connection.close()


if __name__ == "__main__":
    load(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None)
