"""`tideway export slurm`: the script that it writes, judged by bash, shellcheck and a golden file."""

import json
import os
import shlex
import stat
import subprocess

import pytest
from conftest import ROOT

PIPELINE = """
local tw = require "tideway"
return tw.pipeline {
  name = "parts",
  params = { greeting = "hello", database = tw.env "POSTGRES_URL", times = tw.env("TIMES", 2) },
  run = function(job) end,
}
"""
USAGE = 2
SECRET = "hf_0123456789abcdefXYZ"


@pytest.fixture
def script(tmp_path):
    """Writes scripts/parts.lua below a folder of the project."""

    def write(folder="project"):
        path = tmp_path / folder / "scripts" / "parts.lua"
        path.parent.mkdir(parents=True)
        path.write_text(PIPELINE)
        return path

    return write


@pytest.fixture
def export(tideway, script):
    path = script()

    def export(*arguments, code=0, script=path, **env):
        result = tideway("export", "slurm", script, *arguments, env=env)
        assert result.code == code, result.out + result.err
        return result.out if code == 0 else result.err

    return export


def test_the_script_is_the_golden_one(export, tmp_path, program):
    """TIDEWAY_GOLDEN=1 writes it anew."""
    text = export("--shards", 10, "--partition", "long", "--account", "lab", "--mail", "ann@example.org", "-p",
                  "greeting=it's a $day", "-p", "times=3", "--dataset", "big/gated", "--output", "-")
    head, _, seal = text.rpartition("# sha256 of the lines above: ")
    assert len(seal.strip()) == 64
    shown = head.replace(str(tmp_path.resolve() / "project"), "/work/project").replace(
        os.path.realpath(program), "/opt/bin/tideway")
    golden = ROOT / "tests" / "pipelines" / "golden" / "slurm.sbatch"
    if os.environ.get("TIDEWAY_GOLDEN"):
        golden.write_text(shown)
    assert shown == golden.read_text()


@pytest.mark.parametrize("arguments", [
    [], ["--no-requeue"], ["--mail", "none"], ["--shards", 2500], ["-p", "greeting='\"`$(id)\\ #;&|"],
])
def test_bash_and_shellcheck_find_nothing_in_it(export, arguments):
    text = export("--output", "-", *arguments)
    for command in (["bash", "-n"], ["shellcheck", "--exclude=SC2016", "-"]):
        judged = subprocess.run(command, input=text, capture_output=True, text=True)
        assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize("folder", ["a b", "50%", "#1", "$HOME", "ünï"])
def test_folders_with_odd_names_are_quoted(export, script, folder, tmp_path):
    made = json.loads(export("--json", script=script(folder)))
    text = (tmp_path / "parts.sbatch").read_text()
    real = tmp_path.resolve() / folder
    assert f"cd -- {real}\n" in text or f"cd -- '{real}'\n" in text
    assert shlex.split(made["submit"][0]) == ["mkdir", "-p", f"{real}/logs", "&&", "sbatch", made["path"]]


def test_a_folder_that_slurm_would_read_in_another_way_is_refused(export, script):
    assert "the folder must have no quote" in export(script=script("it's"), code=USAGE)


def run_with_a_fake(text, tmp_path, body, **env):
    """Runs the script with a program in the place of tideway that appends its arguments to `calls`."""
    fake, job = tmp_path / "fake", tmp_path / "job"
    fake.write_text(f'#!/bin/bash\nprintf "%s\\n" "$*" >>{tmp_path}/calls\n{body}\n')
    fake.chmod(0o755)
    job.write_text(text)
    done = subprocess.run(["bash", job], capture_output=True, text=True, timeout=60, cwd="/",
                          env={"PATH": os.environ["PATH"], "TIDEWAY": str(fake), "SLURM_ARRAY_TASK_ID": "3",
                               "SLURM_JOB_ID": "7", **env})
    return done, (tmp_path / "calls").read_text().splitlines()


def test_the_script_asks_the_doctor_and_runs_its_part_with_the_parameters_as_they_were_given(export, tmp_path):
    text = export("--shards", 10, "--memory", "8G", "-p", "greeting=it's $HOME", "--reserve", "1MB", "--output", "-")
    done, calls = run_with_a_fake(text, tmp_path, "exit 0")
    assert done.returncode == 0, done.stderr
    assert calls == ["doctor --reserve 1MB", f"run {tmp_path.resolve()}/project/scripts/parts.lua -p "
                     "greeting=it's $HOME --rank 3 --world 10 --memory 6144MiB --workers 8"]
    _, calls = run_with_a_fake(text, tmp_path, "exit 0", SLURM_CPUS_PER_TASK="2")
    assert calls[-1].endswith("--workers 2")


def test_an_ill_machine_ends_the_script_before_the_run(export, tmp_path):
    done, calls = run_with_a_fake(export("--output", "-"), tmp_path, '[ "$1" != doctor ]')
    assert done.returncode == 1 and len(calls) == 1


def test_a_run_that_fails_fails_the_job_with_its_code(export, tmp_path):
    done, _ = run_with_a_fake(export("--output", "-"), tmp_path, '[ "$1" = doctor ] || exit 5')
    assert done.returncode == 5


def test_parts_beyond_a_thousand_are_counted_on_in_the_next_array(export, tmp_path):
    text = export("--shards", 1500, "--output", "-")
    _, calls = run_with_a_fake(text, tmp_path, "", TIDEWAY_FIRST_RANK="1000")
    assert "--rank 1003 --world 1500" in calls[-1]


STOPPED = 'if [ "$1" = run ]; then trap "exit 130" USR1; kill -USR1 $PPID; while :; do sleep 0.01; done; fi'


@pytest.mark.parametrize("flags, requeued", [([], True), (["--no-requeue"], False)])
def test_when_the_time_is_over_the_run_is_stopped_and_the_job_requeued_where_that_is_asked(
        export, tmp_path, flags, requeued):
    (tmp_path / "bin").mkdir()
    scontrol = tmp_path / "bin" / "scontrol"
    scontrol.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/requeued\n')
    scontrol.chmod(0o755)
    done, _ = run_with_a_fake(export("--output", "-", *flags), tmp_path, STOPPED,
                              PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    assert done.returncode == 130, done.stderr
    assert (tmp_path / "requeued").exists() == requeued
    if requeued:
        assert (tmp_path / "requeued").read_text() == "requeue 7\n"


@pytest.mark.parametrize("body, code", [
    ('[ "$1" = doctor ] || { trap "" USR1; kill -USR1 $PPID; sleep 0.1; exit 0; }', 0),
    ('[ "$1" = doctor ] || { trap "exit 4" USR1; kill -USR1 $PPID; while :; do sleep 0.01; done; }', 4),
    (STOPPED.replace("kill -USR1", "kill -TERM"), 130),
])
def test_a_run_that_ends_by_itself_or_by_force_is_not_requeued(export, tmp_path, body, code):
    done, _ = run_with_a_fake(export("--output", "-"), tmp_path, body)
    assert done.returncode == code and "the time is over" not in done.stderr


def test_it_is_written_executable_with_the_line_that_submits_it(export, tmp_path):
    out = export("--shards", 4)
    path = tmp_path.resolve() / "parts.sbatch"
    assert out == (f"wrote {path}: 4 parts of parts; submit with\n"
                   f"  mkdir -p {path.parent}/project/logs && sbatch {path}\n")
    assert path.stat().st_mode & stat.S_IXUSR
    assert f"#   mkdir -p {path.parent}/project/logs && sbatch {path}\n" in path.read_text()


def test_what_was_changed_by_hand_is_left_alone_but_with_force(export, tmp_path):
    path = tmp_path / "mine.sh"
    export("--output", path)
    export("--output", path, "--cpus", 4)
    changed = path.read_text().replace("--cpus-per-task=4", "--cpus-per-task=5")
    path.write_text(changed)
    message = export("--output", path, code=1)
    assert "not as tideway wrote it" in message and "--force" in message
    assert path.read_text() == changed
    export("--output", path, "--force")
    assert "--cpus-per-task=8" in path.read_text()


def test_no_secret_of_the_environment_gets_into_it(export):
    text = export("--output", "-", HF_TOKEN=SECRET, POSTGRES_URL="postgresql://u:hunter22@h/db",
                  LAB_PASSWORD="hunter22")
    assert SECRET not in text and "hunter22" not in text


@pytest.mark.parametrize("arguments", [
    ["-p", "database=postgresql://h/db"],  # reads a variable that is a secret, whatever is given
    ["-p", f"greeting={SECRET}"], ["-p", "greeting=postgresql://u:hunter22@h/db"], ["-p", "greeting=x correct-horse"],
    ["--account", SECRET], ["--mail", SECRET], ["--partition", "correct-horse"],
])
def test_a_secret_that_is_given_is_refused_and_not_shown(export, tmp_path, arguments):
    message = export(*arguments, code=USAGE, LAB_PASSWORD="correct-horse")
    assert "a secret is not written into a script" in message
    assert SECRET not in message and "hunter22" not in message and "correct-horse" not in message
    assert not list(tmp_path.glob("*.sbatch"))


@pytest.mark.parametrize("arguments, words", [
    (["--shards", 0], "--shards must be from 1"), (["--cpus", "x"], "--cpus"), (["--memory", "128GB"], "such as 128G"),
    (["--time", "ten days"], "days-hours:minutes:seconds"), (["--account", "a'b"], "--account must have no quote"),
    (["--partition", "a\n#SBATCH --uid=0"], "--partition must have no line break"),
    (["-p", "greeting=a\nb"], "must have no line break"), (["-p", "greetin=x"], "did you mean `greeting`?"),
    (["-p", "greeting"], "a parameter is name=value"), (["--dataset", "a b"], "a b"),
    (["--reserve", "x"], "not a size"), (["--shard", 2], "did you mean `--shards`?"),
])
def test_options_that_make_no_sense_are_refused_with_their_rule(export, tmp_path, arguments, words):
    assert words in export(*arguments, code=USAGE)
    assert not list(tmp_path.glob("*.sbatch"))


def test_a_script_that_is_missing_or_no_pipeline_is_refused(export, tideway, tmp_path):
    assert "no such script" in export(script="nowhere", code=USAGE)
    (tmp_path / "plain.lua").write_text("return 1")
    assert "must return tw.pipeline" in export(script=tmp_path / "plain.lua", code=USAGE)


def test_a_wrong_or_missing_action_is_told(tideway):
    for arguments, words in ((["export"], "export: no action"), (["export", "slrum", "x"], "did you mean `slurm`?")):
        result = tideway(*arguments)
        assert result.code == USAGE and words in result.err
