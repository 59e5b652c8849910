"""Reading and writing a million messages: Parquet, CSV, JSON lines, beside pyarrow and polars.

    ninja -C build/default formats_bench && .deps/python/bin/python bench/formats.py [folder] [rows]

Seconds, and processor seconds, of each step; our side runs first and makes the files.
"""

import pathlib
import subprocess
import sys
import time

import polars
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

ROOT = pathlib.Path(__file__).resolve().parents[1]


def measure(name, work):
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    print(f"  {name:42} {time.perf_counter() - wall:7.3f} s {time.process_time() - cpu:7.3f} cpu s", flush=True)
    return result


def peers(folder):
    stem, out = f"{folder}/messages", f"{folder}/peer.parquet"
    newlines = pyarrow.csv.ParseOptions(newlines_in_values=True)
    table = measure("pyarrow: read parquet", lambda: pyarrow.parquet.read_table(stem + ".parquet"))
    measure("pyarrow: read csv (types of the first block)",
            lambda: pyarrow.csv.read_csv(stem + ".csv", parse_options=newlines))
    measure("pyarrow: read jsonl", lambda: pyarrow.json.read_json(stem + ".jsonl"))
    measure("pyarrow: write parquet as datasets does",
            lambda: pyarrow.parquet.write_table(table, out, use_content_defined_chunking=True,
                                                write_page_index=True, row_group_size=370_000))
    frame = measure("polars: read parquet", lambda: polars.read_parquet(stem + ".parquet"))
    measure("polars: read csv (types of 100 rows)", lambda: polars.read_csv(stem + ".csv"))
    measure("polars: read jsonl", lambda: polars.read_ndjson(stem + ".jsonl"))
    measure("polars: write parquet, snappy", lambda: frame.write_parquet(out, compression="snappy"))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build" / "bench" / "formats")
    rows = sys.argv[2] if len(sys.argv) > 2 else "1000000"
    subprocess.run([ROOT / "build" / "default" / "bin" / "formats_bench", folder, rows], check=True)
    for _ in range(3):
        peers(folder)


main()
