"""Which of many combinations the tests try: ./dev test some, spread over all values of each, and ./dev soak all."""

import itertools
import os


def some(*values, one_in=4):
    """Combinations of these values, one of each."""
    every = list(itertools.product(*values))
    return every if os.environ.get("TIDEWAY_ALL_COMBINATIONS") else every[::one_in]
