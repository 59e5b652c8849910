"""Judges a Parquet file of ours beside the one that `datasets` writes for the same rows.

    judge_parquet.py <ours> <case>

Prints every difference and exits with 1, or prints "equal". Cases: "worked" (the worked example's train
split), "same" (whatever `datasets` reads from ours, written again by it).
"""

import io
import os
import sys

import datasets
import pyarrow.parquet as pq


def worked():
    names = ["negative", "neutral", "positive"]
    rows = [
        {"id": k, "text": f"row number {k}", "label": k % 3, "tags": ["a", "b"][: k % 3],
         "meta": {"lang": "en", "score": k / 2}}
        for k in range(8)
    ]
    features = datasets.Features({
        "id": datasets.Value("int64"),
        "text": datasets.Value("string"),
        "label": datasets.ClassLabel(names=names),
        "tags": datasets.List(datasets.Value("string")),
        "meta": {"lang": datasets.Value("string"), "score": datasets.Value("float32")},
    })
    return datasets.Dataset.from_list(rows, features=features)


def column_facts(column):
    return {
        "path": column.path_in_schema,
        "type": column.physical_type,
        "codec": column.compression,
        "encodings": sorted(column.encodings),
        "values": column.num_values,
        "compressed": column.total_compressed_size,
        "uncompressed": column.total_uncompressed_size,
        "dictionary": column.has_dictionary_page,
        "column index": column.has_column_index,
        "offset index": column.has_offset_index,
        "statistics": str(column.statistics and column.statistics.to_dict()),
    }


def facts(source):
    file = pq.ParquetFile(source)
    meta = file.metadata
    groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
    return {
        "created_by": meta.created_by,
        "version": meta.format_version,
        "rows": [group.num_rows for group in groups],
        "parquet schema": str(file.schema).partition("\n")[2],  # the first line is an address
        "keys": [key.decode() for key in meta.metadata],
        "huggingface": meta.metadata[b"huggingface"].decode(),
        "content_defined_chunking": meta.metadata[b"content_defined_chunking"].decode(),
        "arrow schema": file.schema_arrow.to_string(show_field_metadata=True),
        "columns": [column_facts(group.column(i)) for group in groups for i in range(group.num_columns)],
        "cells": file.read().to_pylist(),
    }


def compare(ours, theirs):
    same = True
    for key, expected in theirs.items():
        if ours[key] != expected:
            same = False
            print(f"{key}:\n  ours:   {ours[key]}\n  theirs: {expected}")
    return same


def main():
    datasets.disable_progress_bars()
    path, case = sys.argv[1], sys.argv[2]
    ours = facts(path)
    if ours["cells"]:
        loaded = datasets.Dataset.from_parquet(path, cache_dir=path + ".cache")
    else:
        loaded = datasets.Dataset(pq.read_table(path))  # from_parquet refuses a split without rows
    wanted = worked() if case == "worked" else loaded
    reference = io.BytesIO()
    wanted.to_parquet(reference)
    same = compare(ours, facts(reference))
    if loaded.features != wanted.features:
        same = False
        print(f"features:\n  ours:   {loaded.features}\n  theirs: {wanted.features}")
    if same:
        identical = open(path, "rb").read() == reference.getvalue()
        print("equal" + (", byte for byte" if identical else ""))
    sys.stdout.flush()
    os._exit(0 if same else 1)  # Arrow's threads may abort an orderly exit


main()
