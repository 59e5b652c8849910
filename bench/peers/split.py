"""A stratified split into train, eval and test as the peers do it.

usage: split.py polars|scikit-learn INPUT OUTPUT_FOLDER
"""

import pathlib
import sys

PARTS = ("train", "eval", "test")


def split_polars(source):
    import polars

    rows = polars.read_parquet(source)
    rank = polars.int_range(polars.len()).shuffle(seed=42).over("stars") / polars.len().over("stars")
    part = polars.when(rank < 0.8).then(0).when(rank < 0.9).then(1).otherwise(2)
    parts = rows.with_columns(part=part).partition_by("part", as_dict=True, include_key=False)
    return [parts[(number,)] for number in range(len(PARTS))]


def split_scikit_learn(source):
    import pandas
    from sklearn.model_selection import train_test_split

    rows = pandas.read_parquet(source)
    train, rest = train_test_split(rows, test_size=0.2, stratify=rows["stars"], random_state=42)
    return [train, *train_test_split(rest, test_size=0.5, stratify=rest["stars"], random_state=42)]


def main(peer, source, folder):
    parts = {"polars": split_polars, "scikit-learn": split_scikit_learn}[peer](source)
    pathlib.Path(folder).mkdir(parents=True)
    for name, rows in zip(PARTS, parts):
        target = f"{folder}/{name}-00000-of-00001.parquet"
        if peer == "polars":
            rows.write_parquet(target, compression="snappy")
        else:
            rows.to_parquet(target, compression="snappy", index=False)


main(*sys.argv[1:])
