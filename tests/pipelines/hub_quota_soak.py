"""Sixteen processes under one quota of the Hub: nearly all of it is used, and nearly nothing refused.

Collected by ./dev soak only: it takes as long as a few windows do.
"""

import threading
import time

QUOTA, WINDOW_S, WINDOWS, PROCESSES = 50, 4, 5, 16


def test_sixteen_processes_share_a_quota(tideway, hub):
    hub.add("datasets", "ns/reviews", {"a": b"1"})
    hub.limits.set("api", QUOTA, seconds=WINDOW_S)
    env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read"}
    end = time.monotonic() + WINDOW_S * (WINDOWS + 1)
    codes = []

    def ask():
        while time.monotonic() < end:
            result = tideway("hub", "ls", "ns/reviews", env=env)
            codes.append(result.code)

    threads = [threading.Thread(target=ask) for _ in range(PROCESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [request.status for request in hub.requests]
    refused = statuses.count(429)
    given = statuses.count(200)
    windows = (time.monotonic() - end) / WINDOW_S + WINDOWS + 1
    print(f"\n{PROCESSES} processes, {QUOTA} requests per {WINDOW_S} s: {given} answered, {refused} refused,"
          f" {given / (QUOTA * windows):.0%} of the quota in {windows:.1f} windows")
    assert all(code == 0 for code in codes)
    assert refused <= 1
    assert given >= 0.95 * QUOTA * windows
