"""The row function as the peers write it: native expressions where they have them, Python where not.

usage: row_function.py polars|duckdb|datasets-batched|datasets INPUT OUTPUT
"""

import sys

from grievances_steps import LABELS

NUMBERS = {name: number for number, name in enumerate(LABELS["department"])}
COLUMNS = ["label", "lower", "commas"]


def run_polars(source, target):
    import polars

    message = polars.col("message")
    polars.scan_parquet(source).filter(message.str.len_bytes() >= 150).select(
        polars.col("department").replace_strict(NUMBERS, return_dtype=polars.Int64).alias("label"),
        message.str.to_lowercase().alias("lower"),
        message.str.count_matches(",", literal=True).cast(polars.Int64).alias("commas"),
    ).sink_parquet(target, compression="snappy")


def run_duckdb(source, target):
    import duckdb

    cases = " ".join(f"WHEN '{name}' THEN {number}" for name, number in NUMBERS.items())
    duckdb.sql(
        f"COPY (SELECT CAST(CASE department {cases} END AS BIGINT) AS label, lower(message) AS lower,"
        " CAST(length(message) - length(replace(message, ',', '')) AS BIGINT) AS commas"
        f" FROM read_parquet('{source}') WHERE strlen(message) >= 150)"
        f" TO '{target}' (FORMAT parquet, COMPRESSION snappy)"
    )


def keep(text):
    return len(text.encode()) >= 150


def batch_function(batch):
    kept = [(d, m) for d, m in zip(batch["department"], batch["message"]) if keep(m)]
    return {
        "label": [NUMBERS[d] for d, _ in kept],
        "lower": [m.lower() for _, m in kept],
        "commas": [m.count(",") for _, m in kept],
    }


def row_function(row):
    message = row["message"]
    return {"label": NUMBERS[row["department"]], "lower": message.lower(), "commas": message.count(",")}


def run_datasets(source, target, batched):
    import datasets

    datasets.disable_caching()
    rows = datasets.load_dataset("parquet", data_files=source, split="train")
    if batched:
        rows = rows.map(batch_function, batched=True, remove_columns=rows.column_names, num_proc=2)
    else:
        rows = rows.filter(lambda row: keep(row["message"])).map(row_function, remove_columns=rows.column_names)
    rows.to_parquet(target)


if __name__ == "__main__":
    name, source, target = sys.argv[1:]
    if name == "polars":
        run_polars(source, target)
    elif name == "duckdb":
        run_duckdb(source, target)
    else:
        run_datasets(source, target, batched=name == "datasets-batched")
