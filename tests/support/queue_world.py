"""A queue in a fresh database, workers of it as processes, and what must be true of both in the end."""

import collections
import json
import random
import signal
import sqlite3
import time
import uuid

import psycopg2

STOPPED_S = 1.5  # longer than the lease of the workers below
DATABASES = ("sqlite", "postgres")

# A job writes its effect in the transaction of its completion. `hold_s` makes it take long.
WORKER = """
local tw = require "tideway"
return tw.worker {
  queue = "q",
  num_workers = tw.env("SLOTS", 2):get(),
  lease_s = tw.env("LEASE", 1):get(),
  grace_s = tw.env("GRACE", 30):get(),
  retry = { tries = 1000, base_s = 0 },
  handlers = {
    effect = function(job)
      tw.sleep(job.payload.hold_s)
      local db = tw.sql.connect(tw.env "TIDEWAY_QUEUE", { read_only = false })
      db:transaction(function()
        db:execute("INSERT INTO effects (job, token) VALUES ($1, $2)", { job.id, job:token() })
        job:complete("done", { db = db })
      end)
      db:close()
    end,
    fail = function(job) job:reject "asked to fail" end,
  },
}
"""

PUSH = """
local tw = require "tideway"
return tw.pipeline {
  name = "push",
  params = { jobs = 1, name = "effect", hold_s = 0.5 },
  run = function(job)
    local payloads = {}
    for n = 1, job.params.jobs do payloads[n] = { n = n - 1, hold_s = job.params.hold_s } end
    local queue = tw.queue.open("q", { max_size = 1000000 })
    return tw.array(queue:push_all(job.params.name, payloads))
  end,
}
"""

# Pushes without end, and tells each id.
PUSH_ON = """
local tw = require "tideway"
return tw.pipeline {
  name = "push_on",
  run = function()
    local queue = tw.queue.open("q", { max_size = 1000000 })
    io.stdout:setvbuf "no"
    while true do io.stdout:write(queue:push("effect", { hold_s = 0 }), "\\n") end
  end,
}
"""


class World:
    def __init__(self, request, tideway, folder, database):
        self.tideway, self.workers = tideway, []
        self.server = request.getfixturevalue("postgres") if database == "postgres" else None
        self.name = "queue_" + uuid.uuid4().hex
        self.path = folder / "jobs.db"
        self.uri = f"{self.server.rsplit('/', 1)[0]}/{self.name}" if self.server else f"sqlite:{self.path}"
        (tideway.folder / "worker.lua").write_text(WORKER)
        (tideway.folder / "push.lua").write_text(PUSH)
        (tideway.folder / "push_on.lua").write_text(PUSH_ON)

    def __enter__(self):
        if self.server:
            self.administer(f"CREATE DATABASE {self.name}")
        else:
            self.rows("PRAGMA journal_mode = WAL")
        self.rows("CREATE TABLE effects (job TEXT, token BIGINT)")
        return self

    def __exit__(self, *_):
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        if self.server:
            self.administer(f"DROP DATABASE {self.name} WITH (FORCE)")

    def administer(self, statement):
        connection = psycopg2.connect(self.server)
        connection.autocommit = True
        connection.cursor().execute(statement)
        connection.close()

    def rows(self, statement):
        connection = psycopg2.connect(self.uri) if self.server else sqlite3.connect(self.path, timeout=30)
        cursor = connection.cursor()
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
        connection.commit()
        connection.close()
        return rows

    def push(self, jobs, hold_s=0.0, fail=False):
        result = self.tideway("run", "push.lua", "-q", "-p", f"jobs={jobs}", "-p", f"hold_s={hold_s}", "-p",
                              f"name={'fail' if fail else 'effect'}", env={"TIDEWAY_QUEUE": self.uri})
        assert result.code == 0, result.err
        return json.loads(result.out)

    def start_pusher(self):
        pusher = self.tideway.start("run", "push_on.lua", "-q", env={"TIDEWAY_QUEUE": self.uri})
        self.workers.append(pusher)
        return pusher

    def start_worker(self, *options, env=None):
        worker = self.tideway.start("worker", "worker.lua", *options, env={"TIDEWAY_QUEUE": self.uri, **(env or {})})
        self.workers.append(worker)
        return worker

    def queue(self, *arguments):
        return self.tideway("queue", *arguments, env={"TIDEWAY_QUEUE": self.uri})

    def states(self):
        return dict(self.rows("SELECT state, count(*) FROM tideway_jobs GROUP BY state"))

    def wait_for(self, state):
        end = time.monotonic() + 30
        while state not in self.states():
            assert time.monotonic() < end, self.states()
            time.sleep(0.02)

    def kill_workers(self, workers, kills, stops, seed=1, env=None):
        """Keeps as many workers running, kills one at a random moment, and stops some past their leases."""
        chance = random.Random(seed)
        running, stopped, killed, left = [], [], 0, stops
        while killed < kills:
            while len(running) < workers:
                running.append(self.start_worker(env=env))
            time.sleep(chance.uniform(0, 0.3))
            while stopped and stopped[0][0] < time.monotonic():
                running.append(self.go_on(stopped.pop(0)[1]))
            victim = running.pop(chance.randrange(len(running)))
            if left > 0 and chance.random() < 2 * stops / (kills + stops):
                left -= 1
                victim.send_signal(signal.SIGSTOP)
                stopped.append((time.monotonic() + STOPPED_S, victim))
                continue
            victim.kill()
            victim.communicate()
            self.workers.remove(victim)
            killed += 1
        time.sleep(STOPPED_S if stopped else 0)
        for worker in running + [self.go_on(worker) for _, worker in stopped]:
            worker.send_signal(signal.SIGTERM)
            worker.communicate(timeout=60)
        return killed, stops - left

    def go_on(self, worker):
        worker.send_signal(signal.SIGCONT)
        return worker

    def finish(self, *options):
        worker = self.start_worker("--until-empty", *options)
        out, err = worker.communicate(timeout=600)
        assert worker.returncode == 0, err
        return out

    def check(self, ids):
        """Every job is done, its effect is there once, and it is that of the claim that counted."""
        jobs = {job: (state, fence) for job, state, fence in self.rows("SELECT id, state, fence FROM tideway_jobs")}
        assert {job: jobs[job][0] for job in ids} == dict.fromkeys(ids, "done")
        effects = self.rows("SELECT job, token FROM effects")
        assert collections.Counter(job for job, _ in effects) == collections.Counter(ids)
        assert all(jobs[job][1] == token for job, token in effects)
