"""Runs functions of tests with Python's own Hub libraries, each in a process with an empty cache of its own."""

import inspect
import json
import os
import subprocess
import sys
import textwrap

PRELUDE = """
import json, sys
from judge_hub import example_features, example_rows

def example(split, first, count):
    from datasets import Dataset
    return Dataset.from_list(example_rows(first, count), features=example_features(), split=split)
"""


class Client:
    """Calls functions of no names but their own and the prelude's; they return what JSON holds."""

    def __init__(self, endpoint, folder):
        self.endpoint, self.folder = endpoint, folder

    def __call__(self, function, *arguments, token="hf_write", home="home", **env):
        source = textwrap.dedent(inspect.getsource(function))
        call = f"print(json.dumps({function.__name__}(*json.loads(sys.argv[1]))))"
        process = subprocess.run(
            [sys.executable, "-c", PRELUDE + source + call, json.dumps(arguments)],
            cwd=self.folder, env=self.environment(token, home, env), capture_output=True, text=True, timeout=120,
        )
        assert process.returncode == 0, process.stderr
        return json.loads(process.stdout.splitlines()[-1])

    def environment(self, token, home, env):
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
        return {
            **clean, "HF_ENDPOINT": self.endpoint, "HF_HOME": str(self.folder / home), "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_VERBOSITY": "error",
            "PYTHONPATH": os.path.dirname(__file__), **({"HF_TOKEN": token} if token else {}), **env,
        }
