"""10,000 jobs under 1,000 kills: none that was acknowledged is lost, and no effect is there twice.

Collected by ./dev soak only: it takes some minutes for each database.
"""

import os
import time

import pytest
from queue_world import DATABASES, World

JOBS = int(os.environ.get("TIDEWAY_QUEUE_JOBS", 10000))
KILLS = int(os.environ.get("TIDEWAY_QUEUE_KILLS", 1000))
WORKERS, STOPS = 4, 40


@pytest.mark.parametrize("database", DATABASES)
def test_kills_lose_no_job_and_make_no_effect_twice(request, database, tideway, tmp_path):
    started = time.monotonic()
    with World(request, tideway, tmp_path, database) as world:
        ids = world.push(JOBS, hold_s=0.05)
        killed, stopped = world.kill_workers(WORKERS, KILLS, STOPS, env={"SLOTS": 4})
        world.finish("--workers", "16")
        world.check(ids)
        [(claims, most)] = world.rows("SELECT sum(fence), max(fence) FROM tideway_jobs")
    print(f"\n{database}: {JOBS} jobs, {WORKERS} workers, {killed} killed, {stopped} stopped past their lease:"
          f" {claims} claims, at most {most} of one job, all effects once, in {time.monotonic() - started:.0f} s")
    assert killed == KILLS
