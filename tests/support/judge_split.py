"""Prints the sizes that scikit-learn's train_test_split gives in two cuts, train against the rest
and the rest again, one line per case: rows, the three shares, the three sizes."""

from fractions import Fraction

from sklearn.model_selection import train_test_split

SHARES = [
    ("0.8", "0.1", "0.1"),
    ("0.7", "0.2", "0.1"),
    ("0.6", "0.2", "0.2"),
    ("0.9", "0.05", "0.05"),
    ("0.5", "0.3", "0.2"),
    ("0.98", "0.01", "0.01"),
    ("0.75", "0.15", "0.1"),
    ("0.34", "0.33", "0.33"),
]


def cut(rows, held_out):
    kept, rest = train_test_split(range(rows), test_size=float(held_out), random_state=0)
    return len(kept), len(rest)


for shares in SHARES:
    train, evaluation, test = map(Fraction, shares)
    # With fewer rows scikit-learn refuses some shares, because a part would be empty.
    for rows in [*range(200, 900, 7), 1523, 9999, 10000, 12345, 99999, 100003]:
        first, rest = cut(rows, evaluation + test)
        second, third = cut(rest, test / (evaluation + test))
        print(rows, *shares, first, second, third)
