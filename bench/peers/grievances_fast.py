"""The whole job the fast way of today: connectorx + polars.

usage: grievances_fast.py DATABASE_URL OUTPUT_FOLDER
"""

import pathlib
import sys

import polars

from grievances_steps import CORRECT, LABELS, MISTAKES, PATTERNS


def clean(column):
    for pattern, replacement in PATTERNS:
        column = column.str.replace_all(pattern, replacement)
    return column.str.strip_chars()


def split(rows):
    """Stratified 80/10/10: a seeded rank within each class, cut at its shares."""
    ranked = rows.with_columns(
        (polars.int_range(polars.len()).shuffle(seed=42).over("label") / polars.len().over("label")).alias("rank")
    )
    rank = polars.col("rank")
    yield "train", ranked.filter(rank < 0.8)
    yield "eval", ranked.filter((rank >= 0.8) & (rank < 0.9))
    yield "test", ranked.filter(rank >= 0.9)


def publish(url, column, names, folder):
    wrong = polars.read_database_uri(MISTAKES.format(column), url, engine="connectorx")
    right = polars.read_database_uri(CORRECT.format(column), url, engine="connectorx").drop_nulls("class")
    right = right.sample(n=len(wrong) // 2, seed=42)
    numbers = {name: number for number, name in enumerate(names)}
    rows = polars.concat([wrong, right]).select(
        clean(polars.col("grievance")),
        polars.col("class").replace_strict(numbers, return_dtype=polars.Int64).alias("label"),
    )
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in split(rows):
        part.drop("rank").write_parquet(folder / f"{name}-00000-of-00001.parquet", compression="snappy")


def main():
    for column, names in LABELS.items():
        publish(sys.argv[1], column, names, pathlib.Path(sys.argv[2]) / column / "data")


main()
