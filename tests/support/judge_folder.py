"""Loads a folder as a user of `datasets` would and prints the rows of each split.

    judge_folder.py <folder>
"""

import os
import sys

import datasets

datasets.disable_progress_bars()
parts = datasets.load_dataset(sys.argv[1], cache_dir=sys.argv[1] + ".cache")
for name, part in parts.items():
    print(f"{name}: {part.to_list()}")
sys.stdout.flush()
os._exit(0)  # Arrow's threads may abort an orderly exit
