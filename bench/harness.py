"""Runs whole processes in alternation and prints medians, ratios, CPU seconds and peak memory.

A bench is a module with `main(tideway, work)`, which calls `run` with its sides, ours first, and with a check that
raises unless all sides produced equal outputs; no ratio is printed before it passed.
"""

import ctypes
import dataclasses
import importlib.metadata
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

RUNS = 5

# Processes that a side leaves behind, as servers that fork for it do, become children of this one, which can then
# tell what they used.
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


@dataclasses.dataclass
class Side:
    name: str
    command: list
    env: dict = dataclasses.field(default_factory=dict)
    before: object = None  # called, unmeasured, before each run: clears the output
    figures: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Figure:
    wall_s: float
    cpu_s: float
    peak_mib: float


def measure(side):
    if side.before:
        side.before()
    started = time.perf_counter()
    process = subprocess.Popen(
        side.command, env={**os.environ, **side.env}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        process_group=0,
    )
    try:
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        usages = [usage, *usages_of_left(process.pid)]
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{side.name} failed ({process.returncode}):\n{errors.decode(errors='replace')[-3000:]}")
    cpu_s = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    return Figure(wall_s, cpu_s, max(usage.ru_maxrss for usage in usages) / 1024)


def usages_of_left(group):
    """What the processes of a group used that outlive its first one; waits for their end."""
    while True:
        try:
            yield os.wait4(-group, 0)[2]
        except ChildProcessError:
            return


def median(side, field):
    return statistics.median(getattr(figure, field) for figure in side.figures)


def run(title, sides, check, runs=RUNS):
    """Warms every side up once, checks that outputs are equal, then measures `runs` rounds A B C, A B C, ..."""
    print(f"\n{title}")
    for side in sides:
        measure(side)
    apart(check)
    for _ in range(runs):
        for side in sides:
            side.figures.append(measure(side))
    ours = sides[0]
    print(f"  {'':34} {'wall s':>8} {'min-max':>13} {'cpu s':>7} {'peak MiB':>9}"
          f" {'wall ratio':>11} {'cpu ratio':>10} {'memory ratio':>13}")
    for side in sides:
        walls = [figure.wall_s for figure in side.figures]
        pairs = [theirs.wall_s / mine.wall_s for theirs, mine in zip(side.figures, ours.figures)]
        memory = median(side, "peak_mib") / median(ours, "peak_mib")
        cpu = median(side, "cpu_s") / max(median(ours, "cpu_s"), 0.001)
        print(
            f"  {side.name:34} {median(side, 'wall_s'):8.3f} {min(walls):6.2f}-{max(walls):<6.2f}"
            f" {median(side, 'cpu_s'):7.2f} {median(side, 'peak_mib'):9.0f}"
            f" {statistics.median(pairs):10.2f}x {cpu:9.2f}x {memory:12.2f}x"
        )


def synced(command, written):
    """The command, and then the file or folder that it wrote put on the disk, as ours does by itself."""
    return ["sh", "-c", 'written=$1 && shift && "$@" && find "$written" -type f -exec sync {} +', "sh", str(written),
            *map(str, command)]


def file_sides(tideway, work, name, source, peers, python=sys.executable, script=None, memories=()):
    """Sides that turn one Parquet file into another: bench/NAME.lua, and bench/peers/NAME.py (or `script`) with each
    peer's name, run by that `python`.

    Ours is run within its default memory, and within each of `memories`, as peers hold what they like.

    Returns the sides and the output file of each, by name; ours is "tideway", with others "tideway, 8GiB".
    """
    bench = pathlib.Path(__file__).parent
    ours = {"tideway": []} | {f"tideway, {memory}": ["--memory", memory] for memory in memories}
    outputs = {side: work / f"{name}-{side.replace(', ', '-')}.parquet" for side in (*ours, *peers)}
    commands = {side: [tideway, "run", bench / f"{name}.lua", "-q", "--fresh", "-p", f"input={source}",
                       "-p", f"output={outputs[side]}", *options] for side, options in ours.items()}
    for peer in peers:
        command = [python, bench / "peers" / (script or f"{name}.py"), peer, source, outputs[peer]]
        commands[peer] = synced(command, outputs[peer])
    env = {"TIDEWAY_HOME": str(work / "home"), "HF_HOME": str(work / "hf")}

    def side(key):
        return Side(key, [str(part) for part in commands[key]], env,
                    before=lambda: outputs[key].unlink(missing_ok=True))

    return [side(key) for key in outputs], outputs


def versions(*packages):
    return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)


def describe_machine(tideway):
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    version = subprocess.run([tideway, "version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"{version}; {cores} cores, {memory:.0f} GiB; medians of {RUNS} runs in alternation after one warm-up")
    print("CPU seconds and peak memory are those of the measured process; a database server's are not in them")


def apart(function):
    """Calls `function` in a process of its own: a child's peak memory starts at what its parent holds at the fork,
    so this process must stay small."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            function()
            os._exit(0)
        except BaseException as problem:
            print(f"{type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
            os._exit(1)
    if os.waitpid(child, 0)[1] != 0:
        raise SystemExit("bench: an input could not be made, or the outputs are not equal")


def call(command):
    """One unmeasured command, such as the generator of an input."""
    subprocess.run([str(part) for part in command], check=True)


def output(command):
    """What one unmeasured command prints."""
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout.strip()


def print_floor(title, files):
    """Prints how long plain reading and writing of `files` takes: no tool can be faster."""
    apart(lambda: read_and_write(title, files))


def read_and_write(title, files):
    started = time.perf_counter()
    total = 0
    for path in files:
        content = path.read_bytes()
        total += len(content)
        with open(path.with_suffix(".floor"), "wb") as copy:
            copy.write(content)
            os.fsync(copy.fileno())
        path.with_suffix(".floor").unlink()
    print(f"  floor: {title}: {time.perf_counter() - started:.3f} s for {total / 2**20:.0f} MiB, synced")
