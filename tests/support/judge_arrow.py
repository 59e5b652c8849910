"""Reads Arrow files of ours as pyarrow, polars, pandas and `datasets` do.

    judge_arrow.py <file> ...

Prints the rows that pyarrow gives, one per line, then "equal" when the others give the same; else what differs.
"""

import sys

import datasets
import pandas
import polars
import pyarrow
import pyarrow.feather

datasets.disable_progress_bars()
paths = sys.argv[1:]
rows = []
for path in paths:
    with pyarrow.ipc.open_file(path) as reader:
        table = reader.read_all()
    table.validate(full=True)
    rows += table.to_pylist()
    assert pyarrow.feather.read_table(path).equals(table), "feather"
    assert polars.read_ipc(path).to_dicts() == table.to_pylist(), "polars"
    assert len(pandas.read_feather(path)) == table.num_rows, "pandas"
loaded = datasets.load_dataset("arrow", data_files=paths, split="train", cache_dir=path + ".cache")
assert loaded.to_list() == rows, loaded.to_list()
for row in rows:
    print(ascii(row))
print("features:", loaded.features)
print("equal")
