"""Queues as whole programs use them: workers that are killed, stopped and asked to end; the commands."""

import json
import signal

import pytest
from queue_world import DATABASES, World


@pytest.fixture(params=DATABASES)
def world(request, tideway, tmp_path):
    with World(request, tideway, tmp_path, request.param) as made:
        yield made


def test_jobs_of_killed_workers_are_done_and_their_effects_once(world):
    ids = world.push(300)
    world.kill_workers(workers=3, kills=25, stops=2)
    world.finish()
    world.check(ids)


def test_what_a_killed_program_was_told_is_pushed_is_there(world):
    pusher = world.start_pusher()
    told = [pusher.stdout.readline().strip() for _ in range(50)]
    pusher.kill()
    told += pusher.stdout.read().split("\n")[:-1]
    pushed = {job for [job] in world.rows("SELECT id FROM tideway_jobs")}
    assert set(told) <= pushed
    assert len(pushed) <= len(told) + 1


def test_a_stopped_worker_finds_its_lease_gone_and_does_no_harm(world):
    [job] = world.push(1, hold_s=2)
    first = world.start_worker()
    world.wait_for("running")
    first.send_signal(signal.SIGSTOP)
    world.finish()
    first.send_signal(signal.SIGCONT)
    first.send_signal(signal.SIGTERM)
    _, err = first.communicate(timeout=30)
    assert "no longer this worker's" in err
    world.check([job])


def test_sigterm_lets_running_jobs_end(world):
    ids = world.push(3, hold_s=1)
    worker = world.start_worker()
    world.wait_for("running")
    worker.send_signal(signal.SIGTERM)
    out, _ = worker.communicate(timeout=30)
    assert worker.returncode == 0
    assert out == "2 done, 0 failed, 0 dead, 0 lost\n"
    assert world.states() == {"done": 2, "ready": 1}
    world.finish()
    world.check(ids)


def test_after_the_grace_jobs_are_given_back_at_once(world):
    world.push(1, hold_s=60)
    worker = world.start_worker(env={"GRACE": 0.2})
    world.wait_for("running")
    worker.send_signal(signal.SIGTERM)
    worker.communicate(timeout=30)
    assert worker.returncode == 130
    assert world.states() == {"ready": 1}


def test_commands_list_show_retry_and_purge(world):
    [bad] = world.push(1, fail=True)
    [good] = world.push(1)
    world.finish()
    assert world.queue("ls").out.split() == ["q", "done", "1", "q", "dead", "1"]
    listed = json.loads(world.queue("ls", "q", "--state", "dead", "--json").out)["jobs"]
    assert [job["id"] for job in listed] == [bad]
    shown = json.loads(world.queue("show", good, "--json").out)
    assert (shown["state"], shown["payload"]["n"], shown["result"]) == ("done", 0, "done")
    assert "asked to fail" in world.queue("show", bad).out
    assert "would retry: 1 jobs" in world.queue("retry", "q", "--dry-run").out
    assert world.states() == {"done": 1, "dead": 1}
    assert bad in world.queue("retry", "--id", bad).out
    assert world.states() == {"done": 1, "ready": 1}
    assert world.queue("purge", "--older", "1d").out == "deleted 0 jobs\n"
    assert world.queue("purge", "--dry-run").out == "would delete 1 jobs\n"
    assert world.queue("purge").out == "deleted 1 jobs\n"
    assert world.states() == {"ready": 1}


def test_commands_tell_what_is_wrong(world):
    assert world.queue("ls").code != 0
    assert "no queue in" in world.queue("ls").err
    world.push(1)
    for arguments, text in [(("show", "x"), "no job x"), (("purge", "--state", "ready"), "only finished jobs"),
                            (("ls", "--state", "dad"), "did you mean `dead`"), (("purge", "--older", "1y"), "30min"),
                            (("retry", "--id", "x"), "no dead job"), (("ls", "q", "--limit", "0"), "--limit")]:
        result = world.queue(*arguments)
        assert result.code != 0
        assert text in result.err


def test_a_script_that_is_no_worker_is_refused(tideway):
    (tideway.folder / "other.lua").write_text("return 1")
    result = tideway("worker", "other.lua")
    assert result.code == 2
    assert "must return tw.worker" in result.err


def test_a_check_pushes_nothing_and_makes_no_database(tideway):
    (tideway.folder / "p.lua").write_text(
        'local tw = require "tideway"\nreturn tw.pipeline { name = "p", run = function()\n'
        'local queue = tw.queue.open "q"\nqueue:push "a"\nqueue:work { handlers = {} }\nend }')
    result = tideway("check", "p.lua")
    assert result.code == 0, result.err
    assert not (tideway.folder / ".tideway" / "state.db").exists()


def test_a_queue_in_the_folder_of_the_project_needs_no_setting(tideway):
    (tideway.folder / "p.lua").write_text(
        'local tw = require "tideway"\nreturn tw.pipeline { name = "p", run = function()\n'
        'return tw.queue.open("q"):push("a")\nend }')
    result = tideway("run", "p.lua", "-q")
    assert result.code == 0, result.err
    assert tideway("queue", "ls").out.split() == ["q", "ready", "1"]
    assert tideway("queue", "show", result.out.strip()).code == 0


def test_a_password_of_the_database_is_shown_nowhere(tideway, postgres):
    uri = postgres.replace("@", ":hunter2hunter@", 1)
    result = tideway("queue", "show", "nothing", "--database", uri + "_nowhere")
    assert result.code != 0
    assert "hunter2" not in result.out + result.err
    told = tideway("doctor", env={"TIDEWAY_QUEUE": uri})
    assert "TIDEWAY_QUEUE" in told.out and "hunter2" not in told.out + told.err


@pytest.mark.parametrize("action", [["ls"], ["show", "x"]])
def test_where_nothing_was_pushed_who_looks_is_told_so_and_what_names_the_queues(tideway, action):
    result = tideway("queue", *action)
    assert result.code == 1
    place = tideway.folder / ".tideway" / "state.db"
    assert f"error: queue: nothing was pushed yet: sql: no such database file: {place}\n" in result.err
    assert "name the queues' database with --database or TIDEWAY_QUEUE" in result.err
