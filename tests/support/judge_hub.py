"""Python's own libraries judge what was pushed into a folder: judge_hub.py <verb> <arguments>.

Exits with 0 when they agree, else says what differs.
"""

import copy
import json
import logging
import random
import sys
import tempfile

import yaml

logging.disable(logging.WARNING)


def load(folder):
    """What load_dataset gives, with an empty cache."""
    import datasets

    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        loaded = datasets.load_dataset(folder, cache_dir=cache)
        return {name: (split.features, split.to_list()) for name, split in loaded.items()}


def example_features():
    from datasets import ClassLabel, Features, List, Value

    return Features(
        {
            "id": Value("int64"),
            "text": Value("string"),
            "label": ClassLabel(names=["negative", "neutral", "positive"]),
            "tags": List(Value("string")),
            "meta": {"lang": Value("string"), "score": Value("float32")},
        }
    )


def example_rows(first, count):
    return [
        {
            "id": first + i,
            "text": f"row number {first + i}",
            "label": (first + i) % 3,
            "tags": ["a", "b"][: i % 3],
            "meta": {"lang": "en", "score": i / 2},
        }
        for i in range(count)
    ]


def judge_example(folder):
    """The worked example: features, split names and their order, rows."""
    loaded = load(folder)
    wanted = {"train": (0, 8), "validation": (8, 3), "test": (11, 2)}
    assert list(loaded) == list(wanted), list(loaded)
    for split, (first, count) in wanted.items():
        features, rows = loaded[split]
        assert features == example_features(), (split, features)
        assert rows == example_rows(first, count), (split, rows)


def judge_rows(folder, path):
    """The rows of each split are those of a JSON file: {"train": [...], ...}."""
    with open(path) as file:
        wanted = json.load(file)
    loaded = {name: rows for name, (_, rows) in load(folder).items()}
    assert loaded == wanted, (loaded, wanted)


def main():
    verbs = {name[6:]: function for name, function in globals().items() if name.startswith("judge_")}
    verbs[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
