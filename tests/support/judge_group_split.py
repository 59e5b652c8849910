"""Prints how far scikit-learn's StratifiedGroupKFold leaves the classes from equal shares, one line per
case: the number of cells, for each its group, class and rows, and the chi-squared statistic over five
folds and all classes."""

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

FOLDS = 5
random = np.random.default_rng(7)

for case in range(40):
    count, classes = int(random.integers(10, 200)), int(random.integers(2, 6))
    sizes = random.zipf(1.6, count).clip(1, 60) if case % 2 else random.integers(1, 30, count)
    odds = random.dirichlet(np.full(classes, 0.7), count)
    cells = np.array([random.multinomial(size, p) for size, p in zip(sizes, odds)])
    groups = np.repeat(np.arange(count), sizes)
    labels = np.concatenate([np.repeat(np.arange(classes), row) for row in cells])
    if np.bincount(labels, minlength=classes).min() < FOLDS:
        continue
    folds = StratifiedGroupKFold(FOLDS).split(labels, labels, groups)
    held = np.array([np.bincount(labels[test], minlength=classes) for _, test in folds])
    wanted = held.sum(axis=0) / FOLDS
    chi_squared = ((held - wanted) ** 2 / wanted).sum()
    entries = [(group, label, rows) for group, row in enumerate(cells) for label, rows in enumerate(row) if rows]
    print(len(entries), *(value for entry in entries for value in entry), chi_squared)
