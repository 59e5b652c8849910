"""A row function over a million rows: drop short rows, look up a label, lower-case, count a character."""

import pathlib
import sys

import pyarrow.parquet

import harness
import inputs

ROOT = pathlib.Path(__file__).resolve().parents[1]
PEERS = ("polars", "duckdb", "datasets-batched", "datasets")


def main(tideway, work):
    print(harness.versions("polars", "duckdb", "datasets", "pyarrow"))
    source = inputs.messages(tideway, ROOT, work, 1_000_000)
    outputs = {name: work / f"rows-{name}.parquet" for name in ("tideway", *PEERS)}
    peer = ROOT / "bench" / "peers" / "row_function.py"

    def remove(path):
        return lambda: path.unlink(missing_ok=True)

    sides = [harness.Side(
        "tideway, in Lua", [tideway, "run", str(ROOT / "bench" / "row_function.lua"), "-q", "-p", f"input={source}",
                            "-p", f"output={outputs['tideway']}"],
        {"TIDEWAY_HOME": str(work / "home")}, before=remove(outputs["tideway"]))]
    for name in PEERS:
        sides.append(harness.Side(name, [sys.executable, str(peer), name, str(source), str(outputs[name])],
                                  {"HF_HOME": str(work / "hf")}, before=remove(outputs[name])))

    def check():
        ours = pyarrow.parquet.read_table(outputs["tideway"])
        for name in PEERS:
            theirs = pyarrow.parquet.read_table(outputs[name]).select(ours.column_names).cast(ours.schema)
            if not ours.equals(theirs):
                raise SystemExit(f"row_function: the output of {name} differs from ours")

    harness.run("row function over 1,000,000 rows, Parquet to Parquet", sides, check, runs=3)
    harness.print_floor("read and write the resulting Parquet bytes", [outputs["tideway"]])
