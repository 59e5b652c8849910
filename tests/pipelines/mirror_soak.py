"""Mirrors by many processes on one folder, with locks that lie, and with deaths: no wrong byte, and none twice.

Collected by ./dev soak only.
"""

import contextlib
import os
import random
import signal
import subprocess
import time

import pytest
from conftest import ROOT
from mirror_test import OWN, contents
from system_calls import kill_at, points

pytestmark = pytest.mark.usefixtures("credentials_stay_home", "plenty")

ROUNDS = int(os.environ.get("TIDEWAY_ROUNDS", "500"))
PROCESSES, SECONDS = 8, 120
LEASE = 0.5
FILES = {f"data/{index:02}.bin": bytes([index, index + 1]) * 100_000 for index in range(24)}
FILES["README.md"] = b"# Code\n"


@pytest.fixture
def plenty(hub):
    """Quotas that so many runs do not use up."""
    for policy in ("api", "resolvers"):
        hub.limits.set(policy, 10_000_000)


@pytest.fixture
def lying_locks(tmp_path):
    library = tmp_path / "lying_locks.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, ROOT / "tests" / "support" / "lying_locks.c"], check=True)
    return library


@pytest.fixture
def environment(hub, tideway):
    (tideway.folder / "own.lua").write_text(OWN)
    hub.add("datasets", "bigcode/code", FILES)
    return {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read"}


def arguments(root, rank=0, world=1):
    values = {"root": root, "portion": "500KB", "lease_s": LEASE, "at_once": 2, "rank": rank, "world": world}
    return ["run", "own.lua", "-q", *(part for name, value in values.items() for part in ("-p", f"{name}={value}"))]


def place_of(tideway, root):
    return tideway.folder / root / "bigcode" / "code"


def size_of(request):
    """Of the file that a request for /datasets/bigcode/code/resolve/<commit>/<path> is about."""
    return len(FILES.get(request.path.split("/resolve/")[1].split("/", 1)[1], b""))


def check_place(place):
    """Whatever has a final name is what it should be."""
    for path, content in contents(place).items():
        assert content == FILES[path], f"{path} has other bytes"


class Elsewhere:
    """A process that the others take for one of another machine: it has process numbers of its own."""

    def __init__(self, tideway, words, env):
        self.outer = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", tideway.program, *map(str, words)],
            cwd=tideway.folder, env=tideway.environment(env), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def send(self, number):
        children = f"/proc/{self.outer.pid}/task/{self.outer.pid}/children"
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in open(children).read().split():
                os.kill(int(child), number)


def test_eight_processes_with_locks_that_lie_and_deaths_among_them_make_no_wrong_file(
        tideway, environment, hub, lying_locks):
    """In every second round some are killed or stand still for longer than their lease, also on other machines."""
    env = {**environment, "LD_PRELOAD": lying_locks}
    chance = random.Random(7)
    wanted = sum(map(len, FILES.values()))
    came = calm = 0
    for number in range(ROUNDS):
        root = f"root-{number}"
        hub.requests.clear()
        near = [tideway.start(*arguments(root, rank, PROCESSES), env=env) for rank in range(PROCESSES - 2)]
        far = [Elsewhere(tideway, arguments(root, rank, PROCESSES), env) for rank in range(PROCESSES - 2, PROCESSES)]
        rough = number % 2 == 1
        if rough:
            time.sleep(chance.uniform(0, 0.6))
            for victim in chance.sample(near, 2):
                victim.kill()
            far[0].send(signal.SIGSTOP)
            if chance.random() < 0.5:
                far[1].send(signal.SIGKILL)
            time.sleep(3.5 * LEASE)
            far[0].send(signal.SIGCONT)
        for process in near:
            error = process.communicate(timeout=SECONDS)[1]
            assert process.returncode in ((0, -signal.SIGKILL) if rough else (0,)), f"round {number}: {error}"
        for process in far:
            process.outer.communicate(timeout=SECONDS)
        check_place(place_of(tideway, root))
        if rough:
            assert tideway(*arguments(root), env=env).code == 0
        assert contents(place_of(tideway, root)) == FILES, f"round {number}"
        if not rough:
            calm += 1
            came += sum(map(size_of, hub.requests.of("GET", "/resolve/")))
        subprocess.run(["rm", "-rf", tideway.folder / root], check=True)
    print(f"\n{ROUNDS} rounds of {PROCESSES} processes; {came / (wanted * calm):.3f} times the data in the calm ones")
    assert came <= 1.1 * wanted * calm


def test_a_mirror_killed_at_every_system_call_is_completed_by_the_next(tideway, environment):
    def words(root):
        return [tideway.program, *map(str, arguments(root))]

    given = {"env": tideway.environment(environment), "cwd": tideway.folder, "timeout": SECONDS}
    all_points = points(words("counted"), tideway.folder / "calls", **given)
    hit = 0
    for index, point in enumerate(all_points):
        root = f"root-{index}"
        hit += kill_at(point, words(root), **given)
        if place_of(tideway, root).exists():
            check_place(place_of(tideway, root))
        result = tideway(*arguments(root), env=environment)
        assert result.code == 0, f"{point}: {result.err}"
        assert contents(place_of(tideway, root)) == FILES, point
        subprocess.run(["rm", "-rf", tideway.folder / root], check=True)
    print(f"\nmirror: {len(all_points)} points, {hit} hit")
    assert hit >= 300
