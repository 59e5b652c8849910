"""Compares cleaned columns with what Python's own expressions give.

usage: judge_clean.py FILE ROWS

FILE is an Arrow file with a column `input` and one column per combination of options, named by its bits
(1 urls, 2 html, 4 newlines, 8 whitespace). Exits with 1 and shows the first differences.
"""

import re
import sys

import pyarrow.ipc

URL = re.compile(r"https?://\S+|www\.\S+")
TAG = re.compile(r"<.*?>")
SPACES = re.compile(r"\s+")


def clean(text, bits):
    if bits & 1:
        text = URL.sub("", text)
    if bits & 2:
        text = TAG.sub("", text)
    if bits & 4:
        text = text.replace("\n", " ")
    if bits & 8:
        text = SPACES.sub(" ", text).strip()
    return text


def differences(inputs, outputs, bits):
    for given, got in zip(inputs, outputs, strict=True):
        expected = clean(given.decode("utf-8", "surrogateescape"), bits)
        if expected.encode("utf-8", "surrogateescape") != got:
            yield f"bits {bits}: input {given!r}\n  expected {expected!r}\n  got {got!r}"


def main(path, rows):
    with pyarrow.ipc.open_file(path) as reader:
        table = reader.read_all()
    inputs = table["input"].to_pylist()
    found = [
        text
        for bits in range(16)
        for text in differences(inputs, table[str(bits)].to_pylist(), bits)
    ]
    print("\n".join(found[:10]))
    print(f"{len(inputs)} strings, 16 combinations of options, {len(found)} differences")
    return 1 if found or len(inputs) != rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
