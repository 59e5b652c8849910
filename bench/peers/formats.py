"""Reading files, and making Parquet of them, as the peers do it.

usage: formats.py pyarrow|polars|duckdb read INPUT
       formats.py pyarrow|pyarrow-hub|polars|duckdb convert INPUT OUTPUT
"""

import pathlib
import sys


def read_pyarrow(path):
    import pyarrow.csv
    import pyarrow.json
    import pyarrow.parquet

    newlines = pyarrow.csv.ParseOptions(newlines_in_values=True)
    return {
        ".parquet": pyarrow.parquet.read_table,
        ".csv": lambda source: pyarrow.csv.read_csv(source, parse_options=newlines),
        ".jsonl": pyarrow.json.read_json,
    }[path.suffix](path)


def scan_polars(path):
    import polars

    return {".parquet": polars.scan_parquet, ".csv": polars.scan_csv, ".jsonl": polars.scan_ndjson}[path.suffix](path)


def from_duckdb(path):
    return {".parquet": "read_parquet", ".csv": "read_csv", ".jsonl": "read_json"}[path.suffix] + f"('{path}')"


def read(peer, source):
    if peer == "pyarrow":
        read_pyarrow(source)
    elif peer == "polars":
        scan_polars(source).collect()
    else:
        import duckdb

        for _ in duckdb.sql(f"FROM {from_duckdb(source)}").to_arrow_reader(65_536):
            pass


def convert(peer, source, target):
    if peer == "polars":
        scan_polars(source).sink_parquet(target, compression="snappy")
    elif peer == "duckdb":
        import duckdb

        duckdb.sql(f"COPY (FROM {from_duckdb(source)}) TO '{target}' (FORMAT parquet, COMPRESSION snappy)")
    else:
        import pyarrow.parquet

        as_hub = {"use_content_defined_chunking": True, "write_page_index": True} if peer == "pyarrow-hub" else {}
        pyarrow.parquet.write_table(read_pyarrow(source), target, compression="snappy", **as_hub)


if __name__ == "__main__":
    peer, step, source, target = sys.argv[1:]
    if step == "read":
        read(peer, pathlib.Path(source))
    else:
        convert(peer, pathlib.Path(source), target)
