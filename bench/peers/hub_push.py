"""A push of Parquet files as splits, as Python does it: hub_push.py REPO SPLIT=FILE ..."""

import sys

import datasets

repo, *splits = sys.argv[1:]
datasets.disable_progress_bars()
files = dict(split.split("=") for split in splits)
datasets.DatasetDict(
    {name: datasets.Dataset.from_parquet(path, split=name) for name, path in files.items()}
).push_to_hub(repo, private=True)
