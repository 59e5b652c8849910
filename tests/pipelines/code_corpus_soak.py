"""scripts/code_corpus.lua over real source trees of more than 2 GB, within 512 MiB: one result for 1, 2 and 8 workers,
and for a run that is killed. Collected by ./dev soak only.

$TIDEWAY_CORPUS_MB takes that many MB of them instead, $TIDEWAY_KILLS is how often a run is killed (default 12).
"""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pyarrow.parquet
import pytest
import tokenizers
from conftest import ROOT, Tideway
from memory_soak import finish

sys.path.append(str(ROOT / "bench"))
import corpus  # noqa: E402

MEGABYTES = int(os.environ.get("TIDEWAY_CORPUS_MB", "0"))
KILLS = int(os.environ.get("TIDEWAY_KILLS", "12"))
MEMORY_MIB = 512
SCRIPT = ROOT / "scripts" / "code_corpus.lua"


def unpack(folder, megabytes):
    """The files of the trees as they are, of every language and encoding, up to so many MB (0: all)."""
    written = 0
    for source, place in corpus.PLACES.items():
        for name, read in corpus.members(place):
            content = read()
            path = folder / source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written += len(content)
            if megabytes and written > megabytes * 1_000_000:
                return


@pytest.fixture(scope="module")
def work():
    folder = ROOT / "build" / "soak" / f"code-corpus-{MEGABYTES}"
    sources = folder / "sources"
    if not sources.exists():
        partial = folder / "partial"
        shutil.rmtree(partial, ignore_errors=True)
        unpack(partial, MEGABYTES)
        partial.rename(sources)
    tokenizer = folder / "tokenizer.json"
    if not tokenizer.exists():
        made = tokenizers.ByteLevelBPETokenizer()
        made.train([str(path) for path in sorted(sources.rglob("*.py"))[:2000]], vocab_size=20_000)
        made.save(str(tokenizer))
    return folder


def start(program, folder, to, *words):
    return Tideway(program, folder).start(
        "run", SCRIPT, "-q", "--memory", f"{MEMORY_MIB}MiB", "-p", "from=sources", "-p", f"to={to}",
        "-p", "tokenizer=tokenizer.json", *words)


def digests(folder):
    """By path, the SHA-256 of all that a run wrote, but for the stages between."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "stages" not in path.parts:
            with open(path, "rb") as file:
                found[str(path.relative_to(folder))] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def forget(work, to):
    """Removes what a run wrote: several of them would fill a disk."""
    shutil.rmtree(work / to, ignore_errors=True)
    subprocess.run(["rm", "-rf", work / ".tideway"], check=True)


@pytest.fixture(scope="module")
def whole(program, work):
    """The digests of a run with two workers."""
    forget(work, "out2")
    finish(start(program, work, "out2", "--workers", "2"), "2 workers", MEMORY_MIB)
    found = digests(work / "out2")
    rows = [pyarrow.parquet.read_metadata(path).num_rows for path in (work / "out2" / "corpus").glob("*.parquet")]
    print(f"{sum(rows)} files stay; {(work / 'out2' / 'preprocessing_results.json').read_text()}")
    forget(work, "out2")
    return found


@pytest.mark.parametrize("workers", [1, 8])
def test_the_number_of_workers_changes_no_byte(program, work, whole, workers):
    to = f"out{workers}"
    forget(work, to)
    finish(start(program, work, to, "--workers", str(workers)), f"{workers} workers", MEMORY_MIB)
    assert digests(work / to) == whole
    forget(work, to)


def test_a_killed_run_ends_as_one_that_was_not(program, work, whole):
    forget(work, "killed")
    chance = random.Random(5)
    for _ in range(KILLS):
        process = start(program, work, "killed")
        time.sleep(chance.uniform(1, 60))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode == 0:
            break
    finish(start(program, work, "killed"), f"after {KILLS} kills", MEMORY_MIB)
    assert digests(work / "killed") == whole
    forget(work, "killed")
