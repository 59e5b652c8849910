"""Eight programs that push to one repository at once, again and again: what is there is as if they had come in turn.

Collected by ./dev soak only.
"""

import io
import os
import random

import pyarrow.parquet
import pytest
from hub_push_test import NUMBERS

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

ROUNDS = int(os.environ.get("TIDEWAY_ROUNDS", "100"))
PUSHERS = 8


def numbers_at(repo, commit):
    """What readers of that commit see."""
    paths = [path for path in repo.files(commit) if path.startswith("data/")]
    assert paths == ["data/train-00000-of-00001.parquet"]
    return pyarrow.parquet.read_table(io.BytesIO(repo.read(paths[0], commit)))["n"].to_pylist()


def test_eight_pushers_equal_some_serial_order(tideway, hub):
    script = tideway.folder / "numbers.lua"
    script.write_text(NUMBERS)
    repo = hub.add("datasets", "ns/numbers", {"README.md": b"---\nlicense: mit\n---\n\nwords\n"})
    for policy in ("api", "resolvers"):
        hub.limits.set(policy, 1_000_000)  # that pushes wait under a quota is shown elsewhere
    env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_write"}
    starts = random.Random(1)
    for round_number in range(ROUNDS):
        before = repo.head.oid
        firsts = starts.sample(range(1_000_000), PUSHERS)
        programs = {
            first: tideway.start("run", script, "-q", "-p", f"first={first}", "-p", f"message=From {first}", "-p",
                                 f"tag=from-{first}", env=env)
            for first in firsts
        }
        for first, program in programs.items():
            _, err = program.communicate(timeout=300)
            assert program.returncode == 0, f"round {round_number}, {first}: {err}"
        made = []
        for commit in repo.log(repo.head):
            if commit.oid == before:
                break
            made.append(commit)
        assert sorted(commit.title for commit in made) == sorted(f"From {first}" for first in firsts), round_number
        for commit in made:
            first = int(commit.title.split()[1])
            assert repo.refs[f"refs/tags/from-{first}"] == commit.oid
            assert numbers_at(repo, commit.oid) == [first + step for step in range(4)]
            card = repo.read("README.md", commit.oid).decode()
            assert card.count("---") == 2 and "license: mit" in card and card.endswith("\n\nwords\n")
    print(f"\n{ROUNDS} rounds of {PUSHERS} pushers: {ROUNDS * PUSHERS} commits in a line")
