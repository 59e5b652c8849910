"""Reads a file of JSON lines or CSV as Python's own modules do, and as pandas does by default.

    judge_text.py <file>

Prints the rows that `json` or `csv` gives, one per line, then "pandas:" and the columns that pandas gives.
"""

import csv
import io
import json
import sys

import pandas
import pyarrow

path = sys.argv[1]
with pyarrow.input_stream(path, compression="detect") as stream:
    text = io.TextIOWrapper(io.BytesIO(stream.read()), encoding="utf-8", newline="")
    if ".jsonl" in path:
        rows = [json.loads(line) for line in text.read().split("\n")[:-1]]
        table = pandas.DataFrame(rows)
    else:
        delimiter = "\t" if ".tsv" in path else ","
        rows = list(csv.reader(text, delimiter=delimiter))
        text.seek(0)
        table = pandas.read_csv(text, delimiter=delimiter)
for row in rows:
    print(ascii(row))
print("pandas:", ascii(table.to_dict("list")))
