"""Cleaning a million messages, Parquet to Parquet, snappy on every side."""

import pathlib
import sys

import pyarrow.parquet

import harness
import inputs

ROOT = pathlib.Path(__file__).resolve().parents[1]


def main(tideway, work):
    print(harness.versions("polars", "pandas", "datasets", "pyarrow"))
    source = inputs.messages(tideway, ROOT, work, 1_000_000)
    outputs = {name: work / f"clean-{name}.parquet" for name in ("tideway", "polars", "pandas", "datasets")}
    peer = ROOT / "bench" / "peers" / "clean.py"

    def remove(path):
        return lambda: path.unlink(missing_ok=True)

    sides = [harness.Side(
        "tideway", [tideway, "run", str(ROOT / "bench" / "clean.lua"), "-q", "-p", f"input={source}",
                    "-p", f"output={outputs['tideway']}"],
        {"TIDEWAY_HOME": str(work / "home")}, before=remove(outputs["tideway"]))]
    for name in ("polars", "datasets", "pandas"):
        sides.append(harness.Side(name, [sys.executable, str(peer), name, str(source), str(outputs[name])],
                                  {"HF_HOME": str(work / "hf")}, before=remove(outputs[name])))

    def check():
        ours = pyarrow.parquet.read_table(outputs["tideway"])["message"]
        for name in ("polars", "datasets", "pandas"):
            theirs = pyarrow.parquet.read_table(outputs[name])["message"].cast(ours.type)
            if not ours.equals(theirs):
                raise SystemExit(f"clean: the output of {name} differs from ours")

    harness.run("clean 1,000,000 messages, Parquet to Parquet", sides, check)
    harness.print_floor("read and write the cleaned Parquet bytes", [outputs["tideway"]])
