"""`tideway export slurm` on a real Slurm of one node: arrays, health checks, preemption, requeue, time that is over."""

import json
import os
import re
import subprocess

import pytest
from conftest import ROOT, wait_until

# Part 1 waits until there is a file `go`; a part that is done has written its rows.
PIPELINE = """
local tw = require "tideway"

local function there(path)
  local file = io.open(path)
  return file ~= nil and file:close()
end

return tw.pipeline {
  name = "parts",
  params = { folder = ".", greeting = "hello" },
  run = function(job)
    local p = job.params
    tw.dataset.from_rows({ { started = job.rank } }):write_jsonl(p.folder .. "/started-" .. job.rank .. ".jsonl")
    while job.rank == 1 and not there(p.folder .. "/go") do tw.sleep(0.1) end
    local rows = {}
    for id = 1, 10 do rows[id] = { id = job.rank * 10 + id, greeting = p.greeting } end
    tw.dataset.from_rows(rows):write_jsonl(("%s/part-%d-of-%d.jsonl"):format(p.folder, job.rank, job.world))
  end,
}
"""
GREETING = "it's a $HOME"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Slurm of this module's own: the file that SLURM_CONF names."""
    folder, script = tmp_path_factory.mktemp("cluster"), ROOT / "tests" / "support" / "slurm.sh"
    started = subprocess.run([script, "start", folder], capture_output=True, text=True)
    assert started.returncode == 0, started.stderr
    yield started.stdout.strip()
    subprocess.run([script, "stop", folder], check=True)


class Job:
    """The pipeline in three parts of one CPU each, exported and submitted."""

    def __init__(self, tideway, folder, environment):
        self.tideway, self.folder, self.environment = tideway, folder, environment
        self.outputs = folder / "out"
        self.outputs.mkdir()
        (folder / "scripts").mkdir()
        (folder / "scripts" / "parts.lua").write_text(PIPELINE)

    def call(self, *command):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd="/tmp",
                              env=self.tideway.environment(self.environment))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def submit(self, *options, minutes=30):
        made = self.tideway("export", "slurm", "scripts/parts.lua", "--shards", 3, "--cpus", 1, "--memory", "200M",
                            "--time", minutes, "--reserve", "1MB", "-p", f"folder={self.outputs}", "-p",
                            f"greeting={GREETING}", "--json", *options, env=self.environment)
        assert made.code == 0, made.err
        (line,) = json.loads(made.out)["submit"]
        self.id = re.search(r"Submitted batch job (\d+)", self.call("bash", "-c", line))[1]

    def tasks(self):
        """The fields of each task of the array, by its number."""
        tasks = {}
        for line in self.call("scontrol", "-o", "show", "job", self.id).splitlines():
            fields = dict(re.findall(r"(\w+)=(\S*)", line))
            if fields["ArrayTaskId"].isdigit():
                tasks[int(fields["ArrayTaskId"])] = fields
        return tasks

    def wait_for(self, states):
        """Until the tasks have these states; those of a state that no task leaves are told at once."""
        def are_there():
            found = [task["JobState"] for _, task in sorted(self.tasks().items())]
            assert not {"FAILED", "TIMEOUT", "NODE_FAIL", "CANCELLED"} & (set(found) - set(states)), self.logs()
            return found == states
        wait_until(are_there, 120)

    def wait_until_part_1_waits(self):
        started = self.outputs / "started-1.jsonl"
        wait_until(started.exists)
        started.unlink()

    def go(self):
        (self.outputs / "go").touch()

    def log(self, part):
        return (self.folder / "logs" / f"parts_{self.id}_{part}.out").read_text()

    def logs(self):
        return "\n".join(path.read_text() for path in sorted((self.folder / "logs").glob("*.out")))

    def rows(self):
        files = sorted(self.outputs.glob("part-*.jsonl"))
        assert [file.name for file in files] == [f"part-{part}-of-3.jsonl" for part in range(3)]
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def statuses(self, part):
        return [receipt["status"] for receipt in self.tideway.receipts() if receipt["rank"] == part]


@pytest.fixture
def job(cluster, tideway, hub, tmp_path):
    environment = {"SLURM_CONF": cluster, "HF_ENDPOINT": hub.endpoint, "HF_HOME": tmp_path / "home",
                   "HF_TOKEN": "hf_read", "TIDEWAY": tideway.program}
    job = Job(tideway, tmp_path, environment)
    yield job
    job.call("scancel", "--user", os.environ.get("USER") or "root")
    wait_until(lambda: not job.call("squeue", "-h"))


ALL_ROWS = [{"id": number, "greeting": GREETING} for number in range(1, 31)]


def test_an_array_runs_all_parts_each_after_a_health_check(job):
    job.go()
    job.submit()
    job.wait_for(["COMPLETED"] * 3)
    assert job.rows() == ALL_ROWS
    for part in range(3):
        assert "Health OK" in job.log(part) and "parts: done in" in job.log(part)
        assert job.statuses(part) == ["done"]
    assert "hf_read" not in job.logs() + (job.folder / "parts.sbatch").read_text()


def test_an_ill_machine_ends_the_job_before_the_run_with_the_reason_in_the_log(job):
    job.environment["HF_TOKEN"] = "hf_wrong"
    job.submit()
    job.wait_for(["FAILED"] * 3)
    assert [task["ExitCode"] for task in job.tasks().values()] == ["1:0"] * 3
    assert "HF_TOKEN is wrong or has expired" in job.log(0) and "Health Issues: 1" in job.log(0)
    assert job.tideway.receipts() == []


def requeued(job):
    return job.tasks().get(1, {}).get("Restarts", "0") != "0"


def finishes_after_another_start(job):
    """Part 1, which was stopped, starts again, goes on when it may, and the result is whole."""
    wait_until(lambda: requeued(job), 60)
    job.wait_until_part_1_waits()
    job.go()
    job.wait_for(["COMPLETED"] * 3)
    assert job.rows() == ALL_ROWS
    assert job.statuses(1) == ["interrupted", "done"]
    assert job.statuses(0) == job.statuses(2) == ["done"]


def test_a_part_that_is_requeued_in_the_middle_stops_cleanly_and_goes_on_in_another_start(job):
    job.submit()
    job.wait_until_part_1_waits()
    job.call("scontrol", "requeue", f"{job.id}_1")
    finishes_after_another_start(job)


def test_a_part_that_is_preempted_makes_room_and_goes_on_in_another_start(job):
    job.submit()
    job.wait_for(["COMPLETED", "RUNNING", "COMPLETED"])
    job.wait_until_part_1_waits()
    job.call("sbatch", "--partition=urgent", "--exclusive", "--output=/dev/null", "--wait", "--wrap=true")
    finishes_after_another_start(job)


def test_a_part_whose_time_is_nearly_over_requeues_itself(job):
    job.submit()
    job.wait_until_part_1_waits()
    job.call("scancel", "--batch", "--signal=USR1", f"{job.id}_1")  # as --signal=B:USR1@120 does it
    finishes_after_another_start(job)
    assert "goes on in another start of the job" in job.log(1)


def test_slurm_tells_a_part_before_its_time_is_over(job):
    job.submit(minutes=2)  # which are less than the 120 s before which the signal comes
    wait_until(lambda: requeued(job), 120)
    assert job.statuses(1)[0] == "interrupted"


def test_without_requeue_a_part_whose_time_is_nearly_over_stops_and_fails(job):
    job.submit("--no-requeue")
    job.wait_until_part_1_waits()
    job.call("scancel", "--batch", "--signal=USR1", f"{job.id}_1")
    job.wait_for(["COMPLETED", "FAILED", "COMPLETED"])
    assert job.tasks()[1]["ExitCode"] == "130:0"
    assert job.statuses(1) == ["interrupted"]
    assert not (job.outputs / "part-1-of-3.jsonl").exists()


def test_a_part_that_failed_alone_is_run_again_by_its_number(job):
    job.submit("--no-requeue")
    job.wait_until_part_1_waits()
    job.call("scancel", f"{job.id}_1")
    job.wait_for(["COMPLETED", "CANCELLED", "COMPLETED"])
    job.go()
    again = re.search(r"(\d+)", job.call("sbatch", "--parsable", "--array=1", job.folder / "parts.sbatch"))[1]
    job.id = again
    wait_until(lambda: [task["JobState"] for task in job.tasks().values()] == ["COMPLETED"])
    assert job.rows() == ALL_ROWS
