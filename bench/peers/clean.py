"""Cleaning as the peers do it.

usage: clean.py polars|pandas|datasets INPUT OUTPUT
"""

import re
import sys

from grievances_steps import PATTERNS


def clean(text):
    for pattern, replacement in PATTERNS:
        text = re.sub(pattern, replacement, text)
    return text.strip()


def run_polars(source, target):
    import polars

    column = polars.col("message")
    for pattern, replacement in PATTERNS:
        column = column.str.replace_all(pattern, replacement)
    polars.scan_parquet(source).with_columns(column.str.strip_chars()).sink_parquet(target, compression="snappy")


def run_pandas(source, target):
    import pandas

    rows = pandas.read_parquet(source)
    rows["message"] = rows["message"].map(clean)
    rows.to_parquet(target, compression="snappy", index=False)


def run_datasets(source, target):
    import datasets

    datasets.disable_caching()
    rows = datasets.load_dataset("parquet", data_files=source, split="train")
    rows = rows.map(lambda batch: {"message": list(map(clean, batch["message"]))}, batched=True, num_proc=2)
    rows.to_parquet(target)


if __name__ == "__main__":
    {"polars": run_polars, "pandas": run_pandas, "datasets": run_datasets}[sys.argv[1]](*sys.argv[2:])
