"""Whole runs that write into a real PostgreSQL: what a stop leaves, and what the receipt says."""

import contextlib
import signal
import subprocess
import time

import psycopg2
import pytest

import conftest

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {
  name   = "insert",
  params = { database = tw.env "POSTGRES_URL", rows = 3 },
  run    = function(job)
    local db = tw.sql.connect(job.params.database, { read_only = false })
    local rows = db:query("SELECT generate_series(1, $1) AS id, repeat('x', 200) AS message", { job.params.rows })
    print(db:insert("inserted", rows, { mode = "replace" }))
  end,
}
"""
ENDLESS = 1_000_000_000


@pytest.fixture
def table(postgres):
    """A connection, and the table `inserted` with one row of id -1."""
    with contextlib.closing(psycopg2.connect(postgres)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS inserted; CREATE TABLE inserted (id bigint, message text)")
            cursor.execute("INSERT INTO inserted VALUES (-1, 'old')")
            yield cursor
            cursor.execute("DROP TABLE inserted")


def ids(table):
    table.execute("SELECT id FROM inserted ORDER BY id LIMIT 10")
    return [row[0] for row in table.fetchall()]


def wait_for(table, query):
    """Waits until `query` gives true, for half a minute at most."""
    for _ in range(600):
        table.execute(query)
        if table.fetchone()[0]:
            return
        time.sleep(0.05)
    raise AssertionError(f"still not true: {query}")


def start_endless(tideway, table, postgres):
    (tideway.folder / "insert.lua").write_text(SCRIPT)
    process = tideway.start("run", "insert.lua", "-p", f"rows={ENDLESS}", env={"POSTGRES_URL": postgres})
    wait_for(table, "SELECT coalesce(max(tuples_processed), 0) > 10000 FROM pg_stat_progress_copy"
                    " WHERE command = 'COPY FROM'")
    return process


def test_ctrl_c_ends_an_insert_within_a_second_and_keeps_nothing(tideway, table, postgres):
    process = start_endless(tideway, table, postgres)
    stopped = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - stopped < 2, "a second, and what a busy machine adds"
    assert process.returncode == 130, err
    assert ids(table) == [-1]
    assert not any(receipt["outputs"] for receipt in tideway.receipts())


def test_a_killed_insert_leaves_the_table_as_it_was(tideway, table, postgres):
    process = start_endless(tideway, table, postgres)
    process.kill()
    process.communicate(timeout=30)
    wait_for(table, "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'tideway'"
                    " AND datname = current_database() AND query LIKE 'COPY%'")
    assert ids(table) == [-1]


def test_the_receipt_names_table_and_rows_and_no_password(tideway, table, postgres):
    uri = subprocess.run([conftest.ROOT / "tests" / "support" / "postgres.sh", "password-uri", postgres],
                         check=True, capture_output=True, text=True).stdout.strip()
    table.execute("GRANT ALL ON inserted TO secured")
    (tideway.folder / "insert.lua").write_text(SCRIPT)
    result = tideway("run", "insert.lua", env={"POSTGRES_URL": uri})
    assert result.code == 0, result.err
    assert result.out.split()[0] == "3"
    assert ids(table) == [1, 2, 3]
    (output,) = tideway.receipts()[0]["outputs"]
    assert output["uri"].endswith("#table=inserted") and output["rows"] == 3
    assert "right-password" not in str(tideway.receipts())
    table.execute("REVOKE ALL ON inserted FROM secured")


def test_check_compares_the_columns_and_writes_nothing(tideway, table, postgres):
    script = tideway.folder / "insert.lua"
    script.write_text(SCRIPT)
    result = tideway("check", "insert.lua", env={"POSTGRES_URL": postgres})
    assert result.code == 0 and "sql.insert inserted" in result.out, result.err
    assert ids(table) == [-1]
    script.write_text(SCRIPT.replace("AS message", "AS massage"))
    result = tideway("check", "insert.lua", env={"POSTGRES_URL": postgres})
    assert result.code != 0 and "did you mean `message`?" in result.err
