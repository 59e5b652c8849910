"""Kills a program at each of its system calls, one after the other, with strace."""

import collections
import re
import subprocess

# Those that change a file or speak to the network; the others change nothing that outlives the process.
CALLS = ("openat", "write", "pwrite64", "rename", "renameat2", "symlink", "link", "unlink", "mkdir", "rmdir",
         "ftruncate", "fsync", "fdatasync", "syncfs", "fchmod", "flock", "connect", "sendto", "sendmsg",
         "recvfrom", "close")


def traced(command, options, **given):
    words = ["strace", "-f", "-qq", *options, *map(str, command)]
    return subprocess.run(words, capture_output=True, text=True, **given)


def points(command, log, **given):
    """(call, number) for each call that some thread of the command makes; the number counts those of one thread."""
    result = traced(command, ["-o", log, "-e", "trace=" + ",".join(CALLS)], **given)
    assert result.returncode == 0, result.stderr
    counts = collections.Counter()
    for line in log.read_text().splitlines():
        if made := re.match(r"(\d+) +(\w+)\(", line):
            counts[made[1], made[2]] += 1
    most = collections.Counter()
    for (_, call), count in counts.items():
        most[call] = max(most[call], count)
    return [(call, number) for call in CALLS for number in range(1, most[call] + 1)]


def kill_at(point, command, **given):
    """Runs the command until it is about to make that call; False when it came to its end."""
    call, number = point
    inject = f"inject={call}:signal=SIGKILL:when={number}"
    return traced(command, ["-o", "/dev/null", "-e", f"trace={call}", "-e", inject], **given).returncode != 0
