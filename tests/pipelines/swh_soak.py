"""Ten thousand contents of The Stack, by runs that are killed; and contents that are large.

Collected by ./dev soak only.
"""

import hashlib
import os
import random
import signal
import zlib

from conftest import wait_until
from store_test import peak_mib
from swh_test import (SCRIPT, archive, download, environment, files, lines, padded, place,  # noqa: F401
                      stack)

CONTENTS = int(os.environ.get("TIDEWAY_CONTENTS", "10000"))
KILLS = 8
AT_ONCE, BATCH = 64, 100


def packed(content):
    maker = zlib.compressobj(1, wbits=31)
    return maker.compress(content) + maker.flush()


def test_killed_runs_fetch_every_content_and_little_of_it_twice(tideway, stack, environment, archive, place):
    blobs = {stack.add(padded(f"x = {number}"), packed=packed(padded(f"x = {number}"))) for number in range(CONTENTS)}
    stack.publish()
    command = ("stack", SCRIPT, "--accept-terms", "--language", "Python")
    for _ in range(KILLS):
        process = tideway.start(*command, env=environment)
        wanted = sum(archive.requests.values()) + random.randrange(100, CONTENTS // (KILLS + 2))
        wait_until(lambda wanted=wanted: sum(archive.requests.values()) >= wanted or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        wait_until(lambda: archive.at_once == 0)
    done = tideway(*command, env=environment)
    assert done.code == 0, done.err
    there = files(place)
    assert set(there) == set(lines(place)) == blobs
    assert all(hashlib.sha1(content).hexdigest() == blob for blob, content in there.items())
    assert not list(place.rglob("*.tideway-tmp"))
    most = CONTENTS + KILLS * (AT_ONCE + 3 * BATCH)
    print(f"{sum(archive.requests.values())} requests for {CONTENTS} contents, at most {most} allowed")
    assert sum(archive.requests.values()) <= most
    second = tideway(*command, env=environment)
    assert second.code == 0 and "0 of 10000 rows are new" in second.err.replace(str(CONTENTS), "10000")


def test_large_contents_are_read_in_bounded_memory(tideway, stack, environment, archive, place):
    for number in range(64):
        content = (b"%06d\n" % number) * (14 << 17)
        stack.add(content, packed=packed(content), length_bytes=1000)
    for number in range(8):
        content = random.Random(number).randbytes(14 << 20)
        stack.add(content, packed=packed(content), length_bytes=1000, encoding="latin-1")
    for number in range(400):
        content = random.Random(number).randbytes(1_000_000)
        stack.add(content, packed=packed(content), encoding="latin-1")
    bomb = packed(bytes(1 << 30))
    for number in range(64):
        stack.add(b"bomb %d" % number, packed=bomb, length_bytes=1000)
    stack.publish()
    process = tideway.start("stack", SCRIPT, "--accept-terms", "--language", "Python", env=environment)
    peak = peak_mib(process)
    print(f"{peak:.0f} MiB at most")
    assert peak < 512
    states = [line["state"] for line in lines(place).values()]
    assert states.count("fetched") == 472 and states.count("too_large") == 64
