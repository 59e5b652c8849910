"""Jobs that do nearly nothing, by a worker of ten at once: what a queue costs. PostgreSQL, one process.

The peer is procrastinate, a queue in PostgreSQL for Python. How long claims take beside a million finished jobs is
told by `TIDEWAY_FINISHED_JOBS=1000000 build/default/bin/queue_test --gtest_filter='*ClaimSpeed*'`.
"""

import os
import pathlib
import sys

import harness

BENCH = pathlib.Path(__file__).resolve().parent
JOBS, PUSHES = 5000, 1000


def psql(database, command):
    return harness.output(["psql", database, "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", command])


class Bench:
    def __init__(self, tideway, work, database):
        self.tideway, self.database = tideway, database
        self.env = {"TIDEWAY_HOME": str(work / "home"), "TIDEWAY_QUEUE": database}

    def ours(self, *arguments):
        return [str(part) for part in (self.tideway, *arguments)]

    def peer(self, verb, jobs):
        return [sys.executable, str(BENCH / "peers" / "queue_work.py"), verb, self.database, str(jobs)]

    def worker(self):
        return self.ours("worker", BENCH / "queue_work.lua", "-q", "--until-empty")

    def push(self, jobs, together):
        return self.ours("run", BENCH / "queue_push.lua", "-q", "-p", f"jobs={jobs}", "-p", f"together={together}")

    def make(self):
        harness.measure(harness.Side("tables", self.worker(), self.env))
        harness.call(self.peer("setup", 0))

    def side(self, name, command, filled):
        """A side whose own table is empty, or full, before it runs."""
        table = "tideway_jobs" if name == "tideway" else "procrastinate_jobs"
        fill = self.push(JOBS, "true") if name == "tideway" else self.peer("push_all", JOBS)

        def before():
            psql(self.database, f"TRUNCATE {table} CASCADE")
            if filled:
                harness.measure(harness.Side("fill", fill, self.env))

        return harness.Side(name, command, self.env, before)

    def work(self):
        return [self.side("tideway", self.worker(), True),
                self.side("procrastinate", self.peer("work", JOBS), True)]

    def pushes(self):
        return [self.side("tideway", self.push(PUSHES, "false"), False),
                self.side("procrastinate", self.peer("push", PUSHES), False)]

    def check(self, jobs, ours, theirs):
        """How many jobs of each side are in that state."""
        for found in (f"tideway_jobs WHERE state = '{ours}'", f"procrastinate_jobs WHERE status = '{theirs}'"):
            counted = psql(self.database, f"SELECT count(*) FROM {found}")
            if counted != str(jobs):
                raise SystemExit(f"queue_work: {counted} jobs, not {jobs}: {found}")


def main(tideway, work):
    print(harness.versions("procrastinate", "psycopg"))
    bench = Bench(tideway, work, os.environ["TIDEWAY_TEST_POSTGRES"])
    bench.make()
    harness.run(f"{JOBS:,} jobs done", bench.work(), lambda: bench.check(JOBS, "done", "succeeded"))
    harness.run(f"{PUSHES:,} jobs pushed one by one", bench.pushes(), lambda: bench.check(PUSHES, "ready", "todo"))
