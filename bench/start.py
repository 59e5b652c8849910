"""Start-up: an empty pipeline against `import datasets`."""

import sys

import harness


def main(tideway, work):
    script = work / "empty.lua"
    script.write_text(
        'local tw = require "tideway"\nreturn tw.pipeline { name = "empty", run = function() end }\n'
    )
    sides = [
        harness.Side("tideway run, an empty pipeline", [tideway, "run", str(script), "-q"],
                     {"TIDEWAY_HOME": str(work / "home")}),
        harness.Side("python -c 'import datasets'", [sys.executable, "-c", "import datasets"]),
        harness.Side("python -c 'import polars'", [sys.executable, "-c", "import polars"]),
    ]
    harness.run("start-up", sides, check=lambda: None, runs=11)
