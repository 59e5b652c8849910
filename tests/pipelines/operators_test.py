"""Barriers give what DuckDB gives, in the order they promise, and the same bytes for any number of workers."""

import hashlib
import random

import duckdb
import polars
import pytest

ROWS = 30_000

# By name: the expression of the script, and what DuckDB makes of the same. `p` numbers the rows.
OPERATORS = {
    "sort": (
        'left:sort({ "text", "number" }, { descending = { "number" } })',
        "SELECT * FROM l ORDER BY text NULLS LAST, number DESC NULLS LAST, p",
    ),
    "sort_float": ('left:sort "float"', "SELECT * FROM l ORDER BY float NULLS LAST, p"),
    "distinct": (
        'left:distinct("float", "text")',
        "SELECT * EXCLUDE r FROM (SELECT *, row_number() OVER (PARTITION BY float, text ORDER BY p) r FROM l) "
        "WHERE r = 1 ORDER BY p",
    ),
    "group_by": (
        'left:group_by({ "text", "float" }, { n = "count", some = { count = "number" }, low = { min = "number" }, '
        'high = { max = "float" }, total = { sum = "small" }, middle = { mean = "small" } })',
        "SELECT text, float, max(float) AS high, min(number) AS low, avg(small) AS middle, count(*) AS n, "
        "count(number) AS some, sum(small)::BIGINT AS total FROM l GROUP BY text, float "
        "ORDER BY text NULLS LAST, float NULLS LAST",
    ),
    "group_by_number": (
        'left:group_by("number", { n = "count", high = { max = "float" }, total = { sum = "small" } })',
        "SELECT number, max(float) AS high, count(*) AS n, sum(small)::BIGINT AS total FROM l GROUP BY number "
        "ORDER BY number NULLS LAST",
    ),
    "group_by_quantiles": (
        'left:group_by("text", { m = { median = "small" }, n = "count", q = { quantile = "number", q = 0.9 }, '
        'r = { quantile = "float", q = 0.25 }, low = { quantile = "float", q = 0 } })',
        "SELECT text, quantile_cont(float, 0.0) AS low, median(small) AS m, count(*) AS n, "
        "quantile_cont(number, 0.9) AS q, quantile_cont(float, 0.25) AS r FROM l "
        "GROUP BY text ORDER BY text NULLS LAST",
    ),
    "quantiles_of_all": (
        'left:group_by({}, { m = { median = "float" }, q = { quantile = "number", q = 0.999 } })',
        "SELECT median(float) AS m, quantile_cont(number, 0.999) AS q FROM l",
    ),
    "filter_select": (
        'left:filter(tw.col "p":ge(20000)):filter(tw.col "float":lt(3)):with { q = tw.col "p" * 2 }'
        ':drop("number"):select("q", "text")',
        "SELECT p * 2 AS q, text FROM l WHERE p >= 20000 AND float < 3 ORDER BY p",
    ),
    "join_inner": (
        'left:join(right, { on = { text = "word" } })',
        "SELECT l.*, q, weight FROM l JOIN r ON text = word ORDER BY p, q",
    ),
    "join_left": (
        'left:join(right, { on = { float = "weight" }, how = "left" })',
        "SELECT l.*, word, q FROM l LEFT JOIN r ON float = weight ORDER BY p, q",
    ),
    "join_number": (
        'left:join(right, { on = { number = "q" }, how = "left" })',
        "SELECT l.*, word, weight FROM l LEFT JOIN r ON number = q ORDER BY p",
    ),
    "join_semi": (
        'left:join(right, { on = { text = "word", float = "weight" }, how = "semi" })',
        "SELECT * FROM l SEMI JOIN r ON text = word AND float = weight ORDER BY p",
    ),
    "join_anti": (
        'left:join(right, { on = { text = "word" }, how = "anti" })',
        "SELECT * FROM l ANTI JOIN r ON text = word ORDER BY p",
    ),
}

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {{
  name = "operators",
  run = function()
    local left, right = tw.dataset.parquet "left.parquet", tw.dataset.parquet "right.parquet"
    local rows = {expression}
    rows:write_parquet "out.parquet"
  end,
}}
"""


def some(values, random_state, rows, nulls=0.05):
    return [None if random_state.random() < nulls else random_state.choice(values) for _ in range(rows)]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Duplicates, nulls, NaN, infinities, zeros of both signs, edges of int64 and text beyond ASCII."""
    state = random.Random(7)
    folder = tmp_path_factory.mktemp("tables")
    words = ["", "a", "A", "é", "日本", "😀", "a\x00b", "z" * 40] + [f"word {i}" for i in range(3_000)]
    floats = [0.0, -0.0, float("nan"), float("inf"), float("-inf"), 1e-300, 0.1] + [i / 7 for i in range(40)]
    numbers = [2**63 - 1, -(2**63), 0, -1] + list(range(1_000))
    left = polars.DataFrame({
        "p": range(ROWS),
        "text": some(words, state, ROWS),
        "float": some(floats, state, ROWS),
        "number": some(numbers, state, ROWS),
        "small": some(range(-50, 50), state, ROWS),
    }, schema_overrides={"small": polars.Int32})
    # Half of the words, and some of them twice.
    right = polars.DataFrame({
        "word": some(words[::2], state, 2_000),
        "q": range(2_000),
        "weight": some(floats, state, 2_000, nulls=0.95),
    })
    left.write_parquet(folder / "left.parquet", row_group_size=4_000)
    right.write_parquet(folder / "right.parquet", row_group_size=300)
    return folder


@pytest.mark.parametrize("name", OPERATORS)
def test_operator_gives_what_duckdb_gives_for_any_workers_and_memory(tideway, tables, name):
    expression, query = OPERATORS[name]
    for table in ("left", "right"):
        (tideway.folder / f"{table}.parquet").symlink_to(tables / f"{table}.parquet")
    (tideway.folder / "script.lua").write_text(SCRIPT.format(expression=expression))
    hashes = set()
    for workers, memory in ((1, "512MB"), (2, "64MB"), (8, "512MB")):
        result = tideway("run", "script.lua", "--fresh", "--workers", workers, "--memory", memory)
        assert result.code == 0, result.err
        hashes.add(hashlib.sha256((tideway.folder / "out.parquet").read_bytes()).hexdigest())
    assert len(hashes) == 1

    duck = duckdb.connect()
    for table, short in (("left", "l"), ("right", "r")):
        duck.execute(f"CREATE TABLE {short} AS FROM '{tables}/{table}.parquet'")
    expected = polars.from_arrow(duck.sql(query).to_arrow_table())
    ours = polars.read_parquet(tideway.folder / "out.parquet")
    assert ours.columns == expected.columns
    assert ours.height == expected.height > 0
    for column in ours.columns:
        equal = ours[column].eq_missing(expected[column])
        if "quantile" in name and ours[column].dtype == polars.Float64:
            # Between two values DuckDB rounds in other places.
            near = (ours[column] - expected[column]).abs() <= 1e-14 * expected[column].abs()
            equal |= near.fill_null(False)
        assert equal.all(), column
