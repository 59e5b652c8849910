"""./dev bench [NAME ...]: runs the named benches, or all of NAMES.

Each prints our side and the peers', measured in one run on the same input, after checking that all
outputs are equal. Inputs are generated under build/bench and kept there.
"""

import importlib
import os
import pathlib
import subprocess
import sys
import tempfile

import harness

ROOT = pathlib.Path(__file__).resolve().parents[1]
NAMES = ("start", "clean", "row_function", "formats", "barriers", "split", "sql_read", "sql_write",
         "grievances", "queue_work", "hub_download", "hub_push", "store", "tokenise", "near_dedup",
         "exact_dedup", "decode", "pii")


def main():
    names = sys.argv[1:] or NAMES
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        sys.exit(f"bench: unknown bench: {', '.join(unknown)}; known: {', '.join(NAMES)}")
    tideway = ROOT / "build" / "release" / "bin" / "tideway"
    work = ROOT / "build" / "bench"
    work.mkdir(parents=True, exist_ok=True)
    harness.describe_machine(tideway)
    script = ROOT / "tests" / "support" / "postgres.sh"
    with tempfile.TemporaryDirectory() as server:
        if {"sql_read", "sql_write", "grievances", "queue_work"} & set(names):
            subprocess.run([script, "start", server], check=True, stdout=subprocess.DEVNULL)
            uri = subprocess.run([script, "uri", server], check=True, capture_output=True, text=True)
            os.environ["TIDEWAY_TEST_POSTGRES"] = uri.stdout.strip()
        try:
            for name in names:
                importlib.import_module(name).main(str(tideway), work)
        finally:
            subprocess.run([script, "stop", server], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


main()
