"""Ten million complaints within the default memory promise. Collected by ./dev soak only."""

import os
import pathlib
import threading
import time

from conftest import GRIEVANCES, ROOT, Tideway

MEBIBYTE = 2**20
COMPLAINTS = int(os.environ.get("TIDEWAY_SOAK_COMPLAINTS", "10000000"))


def anonymous_bytes(pid):
    """The anonymous memory of a process and its children, in bytes."""
    total = 0
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if facts["Pid"].strip() == str(pid) or facts["PPid"].strip() == str(pid):
            total += int(facts.get("RssAnon", "0 kB").split()[0]) * 1024
    return total


class PeakWatcher(threading.Thread):
    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.peak = process, 0

    def run(self):
        while self.process.poll() is None:
            self.peak = max(self.peak, anonymous_bytes(self.process.pid))
            time.sleep(0.02)


def watch(process):
    """Waits for a run, which must succeed; gives its standard output, its seconds and its peak of anonymous bytes."""
    watcher = PeakWatcher(process)
    watcher.start()
    started = time.monotonic()
    out, err = process.communicate(timeout=3600)
    assert process.returncode == 0, err
    return out, time.monotonic() - started, watcher.peak


def finish(process, name, memory_mib):
    """Waits for a run, and holds it to its promise of memory; gives its standard output and its seconds."""
    out, elapsed_s, peak = watch(process)
    print(f"\n{name}: {elapsed_s:.0f} s, peak anonymous memory {peak / MEBIBYTE:.0f} MiB")
    assert peak <= memory_mib * MEBIBYTE
    return out, elapsed_s


def test_ten_million_complaints_stay_within_512_mib(program):
    work = ROOT / "build" / "soak"
    work.mkdir(parents=True, exist_ok=True)
    tideway = Tideway(program, work)
    database = work / f"complaints-{COMPLAINTS}.db"
    if not database.exists():
        made = tideway("run", ROOT / "scripts" / "make_complaints.lua", "-p", f"complaints={COMPLAINTS}",
                       "-p", f"output={database}", timeout=3600)
        assert made.code == 0, made.err
    process = tideway.start("run", GRIEVANCES, "--memory", "512MiB", env={
        "POSTGRES_URL": f"sqlite:{database}", "DEPARTMENT_DATASET": f"file:{work}/department",
        "URGENCY_DATASET": f"file:{work}/urgency"})
    finish(process, f"{COMPLAINTS:,} complaints", 512)
