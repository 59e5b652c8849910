"""The command line: exit codes, what goes to stdout and what to stderr, help, and interruption."""

import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import time

import pytest

HELLO = """
local tw = require "tideway"
return tw.pipeline {
  name = "hello",
  params = { greeting = "hello", times = 2, loud = false, ratio = 0.5 },
  run = function(job) %s end,
}
"""


@pytest.fixture
def script(tmp_path):
    """Writes scripts/hello.lua with this body of `run`."""

    def write(body="", name="hello"):
        path = tmp_path / "scripts" / f"{name}.lua"
        path.parent.mkdir(exist_ok=True)
        path.write_text(HELLO % body)
        return path

    return write


def fails(result, code, *texts):
    assert result.code == code, result.err
    assert result.out == ""
    for text in texts:
        assert text in result.err, result.err
    assert "traceback" not in result.err


# run


def test_script_is_found_by_its_name(tideway, script):
    script()
    result = tideway("run", "hello")
    assert result.code == 0, result.err
    assert re.match(r"hello: done in [\d.]+ s\n", result.out)


def test_account_tells_the_rows_that_were_tapped(tideway, script):
    path = script('''
        local rows = tw.dataset.from_rows { { id = 1 }, { id = 2 } }:tap("read")
        rows:filter(function(row) return row.id > 1 end):tap("kept"):write_jsonl "rows.jsonl"
    ''')
    result = tideway("run", path)
    assert result.code == 0, result.err
    account = r"done in [\d.]+ s\n.*\n  tap read +2 +2\n.*\n  tap kept +1 +1\n  \S*rows.jsonl  1 rows"
    assert re.search(account, result.out), result.out


def test_script_is_found_by_its_path_from_anywhere(tideway, script, tmp_path):
    result = tideway("run", script("return 'ran'"))
    assert result.code == 0 and "ran" in result.out


def test_result_goes_to_stdout_and_log_lines_to_stderr(tideway, script):
    script('job:log("noted") return { rows = 3 }')
    result = tideway("run", "hello")
    assert "noted" in result.err and "noted" not in result.out
    assert '"rows": 3' in result.out


def test_print_of_a_script_does_not_spoil_json(tideway, script):
    script('print("printed") return 1')
    result = tideway("run", "hello", "--json")
    assert json.loads(result.out)["result"] == 1
    assert "printed" in result.err


def test_verbose_run_says_where_its_log_and_receipt_are(tideway, script, tmp_path):
    script()
    (folder,) = re.findall(r"log and receipt are in (\S+)", tideway("run", "hello", "-v").err)
    assert os.path.exists(f"{folder}/receipt.json") and os.path.exists(f"{folder}/run.log")


def test_json_result_names_outputs_receipt_and_status(tideway, script):
    script()
    summary = json.loads(tideway("run", "hello", "--json").out)
    assert summary["status"] == "done" and summary["pipeline"] == "hello"
    with open(summary["receipt"]) as receipt:
        assert json.load(receipt)["run"] == summary["run"]


def test_json_failure_is_an_object_and_a_message(tideway, script):
    script('error("it broke")')
    result = tideway("run", "hello", "--json")
    assert result.code == 1
    summary = json.loads(result.out)
    assert summary["status"] == "failed"
    assert summary["error"]["kind"] == "script" and "it broke" in summary["error"]["message"]
    assert "it broke" in result.err


@pytest.mark.parametrize("given,seen", [
    ("greeting=a=b", "a=b"), ("greeting=", ""), ("times=7", "7"), ("loud=true", "true"), ("ratio=1", "1"),
])
def test_parameters_take_the_type_of_their_default(tideway, script, given, seen):
    name = given.split("=")[0]
    script(f'local v = job.params.{name} return type(v) .. ":" .. tostring(v)')
    kind = {"greeting": "string", "loud": "boolean"}.get(name, "number")
    result = tideway("run", "hello", "-p", given)
    assert f"{kind}:{seen}\n" in result.out, result.err


@pytest.mark.parametrize("given,texts", [
    ("time=3", ["time", "did you mean `times`?"]),
    ("times=many", ["times", "many", "number"]),
    ("loud=perhaps", ["loud", "perhaps", "true or false"]),
    ("times", ["name=value", "times"]),
    ("=3", ["name=value"]),
])
def test_wrong_parameters_are_usage_errors(tideway, script, given, texts):
    script()
    fails(tideway("run", "hello", "-p", given), 2, *texts)


def test_parameter_given_twice_is_refused(tideway, script):
    script()
    fails(tideway("run", "hello", "-p", "times=1", "-p", "times=2"), 2, "times", "twice")


@pytest.mark.parametrize("arguments,texts", [
    (["rnu", "hello"], ["rnu", "did you mean `run`?"]),
    (["run", "helo"], ["scripts/helo.lua", "did you mean `hello`?"]),
    (["run"], ["script"]),
    (["run", "hello", "--jsn"], ["--jsn", "did you mean `--json`?"]),
    (["run", "hello", "extra"], ["extra"]),
    (["run", "hello", "--memory", "lots"], ["lots", "512MiB"]),
    (["run", "hello", "--memory", "1KiB"], ["--memory", "1KiB"]),
    (["run", "hello", "--workers", "-1"], ["--workers", "-1"]),
    (["run", "hello", "--workers", "two"], ["two"]),
    (["run", "hello", "--workers", "0"], ["--workers must be from 1"]),
    (["run", "--bogus"], ["unknown option: --bogus"]),
    (["run", "--worker"], ["did you mean `--workers`?"]),
    (["--"], ["no command", "tideway help"]),
    (["--nonsense"], ["--nonsense"]),
])
def test_wrong_command_lines_are_usage_errors(tideway, script, arguments, texts):
    script()
    fails(tideway(*arguments), 2, *texts)


def test_unknown_log_level_is_a_usage_error(tideway, script):
    script()
    fails(tideway("run", "hello", env={"LOG_LEVEL": "debgu"}), 2, "did you mean `debug`?")


def test_script_that_is_a_folder_is_refused(tideway, tmp_path):
    (tmp_path / "folder.lua").mkdir()
    fails(tideway("run", "folder.lua"), 2, "folder.lua")


def test_script_of_bytecode_or_noise_is_refused(tideway, tmp_path):
    (tmp_path / "noise.lua").write_bytes(b"\x1bLJ\x02\x00" + bytes(range(256)))
    fails(tideway("run", "noise.lua"), 1, "bytecode is refused", "noise.lua")


def test_syntax_error_names_file_and_line(tideway, tmp_path):
    (tmp_path / "bad.lua").write_text("local x =\nreturn end\n")
    fails(tideway("run", "bad.lua"), 1, "bad.lua:2")


def test_traceback_is_shown_only_when_asked_for(tideway, script):
    script('error("it broke")')
    fails(tideway("run", "hello"), 1, "it broke", "hello.lua:6")
    assert "traceback" in tideway("run", "hello", "-v").err


def test_skip_is_success_unless_strict(tideway, script):
    script('return job:skip("only %d rows", 3)')
    result = tideway("run", "hello")
    assert result.code == 0 and "only 3 rows" in result.out + result.err
    assert tideway("run", "hello", "--strict-skip").code == 3


def test_quiet_run_prints_only_what_the_pipeline_returns(tideway, script):
    script('job:log("noted") return "the result"')
    result = tideway("run", "hello", "-q")
    assert (result.out, result.err) == ("the result\n", "")


def test_reader_that_goes_away_is_no_error(tideway, script):
    script()
    process = tideway.start("help", "run")
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == ""


def test_stdout_that_is_full_is_an_error(tideway, script):
    script()
    with open("/dev/full", "w") as full:
        process = subprocess.run([tideway.program, "version"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert process.returncode == 1 and "no space left" in process.stderr


def test_state_folder_that_cannot_be_made_is_named(tideway, script, tmp_path):
    script()
    (tmp_path / "file").write_text("x")
    result = tideway("run", "hello", env={"TIDEWAY_HOME": str(tmp_path / "file" / "state")})
    fails(result, 1, str(tmp_path / "file"))


def test_newest_runs_alone_keep_their_folders(tideway, script, tmp_path):
    script()
    ids = []
    for _ in range(4):
        tideway("run", "hello", env={"TIDEWAY_KEEP_RUNS": "2"})
        ids = sorted([*ids, *(p.name for p in (tmp_path / ".tideway" / "runs").iterdir() if p.name not in ids)])
    assert sorted(p.name for p in (tmp_path / ".tideway" / "runs").iterdir()) == ids[-2:]
    for wrong in ("0", "-1", "many", "2 "):
        fails(tideway("run", "hello", env={"TIDEWAY_KEEP_RUNS": wrong}), 2, "TIDEWAY_KEEP_RUNS", wrong)


# receipt


def test_receipt_names_script_modules_and_parameters_by_hash(tideway, script, tmp_path):
    (tmp_path / "scripts" / "lib").mkdir(parents=True)
    (tmp_path / "scripts" / "lib" / "helper.lua").write_text("return { x = 1 }\n")
    script('local h = require "helper"')
    assert tideway("run", "hello", "-p", "times=5").code == 0
    receipt = tideway.receipts()[0]
    assert receipt["script"]["path"].endswith("hello.lua") and len(receipt["script"]["sha256"]) == 64
    assert [module["path"].endswith("lib/helper.lua") for module in receipt["modules"]] == [True]
    assert receipt["parameters"]["times"] == 5
    assert receipt["status"] == "done"


def test_failed_run_leaves_a_receipt_and_a_log(tideway, script, tmp_path):
    script('error("it broke")')
    tideway("run", "hello")
    assert tideway.receipts()[0]["status"] == "failed"
    logs = list((tmp_path / ".tideway" / "runs").glob("*/run.log"))
    assert "it broke" in logs[0].read_text()


def test_secrets_are_in_no_output_receipt_or_log(tideway, tmp_path):
    (tmp_path / "s.lua").write_text("""
        local tw = require "tideway"
        return tw.pipeline { name = "s", params = { token = tw.env("MY_TOKEN") }, run = function(job)
          job:log("with %s", job.params.token)
          return "token " .. tostring(job.params.token)
        end }""")
    result = tideway("run", "s.lua", "--json", "-v", env={"MY_TOKEN": "hunter2-very-secret"})
    assert result.code == 0, result.err
    files = [path.read_text() for path in (tmp_path / ".tideway").rglob("*") if path.is_file()]
    for text in [result.out, result.err, *files]:
        assert "hunter2" not in text
    assert json.loads(result.out)["parameters"]["token"] == "[secret]"


# interruption


def start_sleeping(tideway, script, body):
    script('job:log("started") ' + body)
    process = tideway.start("run", "hello")
    while "started" not in process.stderr.readline():
        assert process.poll() is None
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_first_signal_ends_a_wait_with_130(tideway, script, number):
    process = start_sleeping(tideway, script, 'require("tideway").sleep(600)')
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130 and out == ""
    assert "interrupted" in err
    assert tideway.receipts()[0]["status"] == "interrupted"


def test_second_signal_stops_a_busy_script_at_once(tideway, script):
    process = start_sleeping(tideway, script, "while true do end")
    process.send_signal(signal.SIGINT)
    while "stopping" not in process.stderr.readline():
        assert process.poll() is None
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 130
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("numbers", [[signal.SIGTERM, signal.SIGUSR1], [signal.SIGUSR1, signal.SIGTERM]])
def test_sigusr1_and_sigterm_together_do_not_cut_the_stop_short(tideway, script, numbers):
    process = start_sleeping(tideway, script, "while true do end")
    began = time.monotonic()
    for number in numbers:
        process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert time.monotonic() - began > 4


def test_busy_script_is_stopped_after_the_drain_time(tideway, script):
    process = start_sleeping(tideway, script, "while true do end")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert 4 < time.monotonic() - began < 8


# check


def test_check_runs_nothing_and_leaves_no_state(tideway, script, tmp_path):
    script('job:log("params %s", job.params.greeting)')
    result = tideway("check", "hello", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["parameters"]["greeting"] == "hello"
    assert not (tmp_path / ".tideway" / "runs").exists()


def test_check_reports_what_run_would(tideway, script):
    script("")
    fails(tideway("check", "hello", "-p", "tims=1"), 2, "did you mean `times`?")


def test_check_keeps_to_itself_what_the_script_says_of_made_up_numbers(tideway, script):
    script('tw.log.warn("%d rows are bad", tw.dataset.from_rows({ { id = 1 } }):count())')
    result = tideway("check", "hello")
    assert result.code == 0 and "bad" not in result.err
    assert "1000000000 rows are bad" in tideway("check", "hello", "-v").err


def test_check_prints_what_the_parts_of_a_split_share_once(tideway, script):
    script("""
    local rows = tw.dataset.from_rows { { id = 1 }, { id = 2 } }:select { "id" }
    local parts = rows:sample { n = rows:count() }:split { train = 0.5, test = 0.5 }
    tw.dataset.write_parquet(parts, "out")""")
    result = tideway("check", "hello")
    assert result.code == 0, result.err
    counted, written = result.out.split("\n\n")[1:]
    assert counted.startswith("count (not run: taken as 1000000000)\n")
    assert written.count("split ") == 2 and written.count("(as above)") == 1
    assert written.count("select id") == 1
    assert "hello is in order" in result.err


# the other commands


def test_missing_arguments_point_to_the_help(tideway):
    fails(tideway("run"), 2, "tideway run --help")
    fails(tideway("run", "hello", "-p"), 2, "tideway run --help")


def test_tests_that_are_not_there_are_explained(tideway, tmp_path):
    fails(tideway("test", "tests"), 2, "no such file or folder: tests", "*_spec.lua files beside your pipeline")
    for folder in (".hidden", "build"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x_spec.lua").write_text("")
    fails(tideway("test"), 2, "no *_spec.lua in .")


def test_tests_beside_the_pipeline_are_found(tideway, tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "hello_spec.lua").write_text('it("adds", function() expect(1 + 1):equals(2) end)')
    result = tideway("test")
    assert result.code == 0 and result.out == "1 passed, 0 failed\n"
    fails(tideway("test", "--filter", "zzz"), 2, "no test's name holds the filter: zzz")


def test_an_error_in_a_task_nobody_waits_for_fails_its_test_only(tideway, tmp_path):
    (tmp_path / "orphan_spec.lua").write_text("""
    local tw = require "tideway"
    it("starts one", function() tw.spawn(function() error "orphan" end) end)
    it("is fine", function() end)""")
    result = tideway("test")
    assert result.code == 1 and "1 passed, 1 failed" in result.out
    assert "FAILED: starts one" in result.out and "orphan" in result.out


def test_new_script_checks_and_runs(tideway, tmp_path):
    made = tideway("new", "first")
    assert made.code == 0 and made.out == "scripts/first.lua\n"
    assert tideway("check", "first").code == 0
    ran = tideway("run", "first")
    assert ran.code == 0, ran.err
    assert list(tmp_path.glob("first/*.parquet"))


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a b", "x.lua"])
def test_new_refuses_names_that_are_none(tideway, name, tmp_path):
    fails(tideway("new", name), 2)
    assert not (tmp_path / "scripts").exists()


def test_new_overwrites_nothing(tideway, script):
    path = script("")
    before = path.read_text()
    fails(tideway("new", "hello"), 2, "scripts/hello.lua")
    assert path.read_text() == before


def test_version_is_also_an_option(tideway):
    assert tideway("--version").out == tideway("version").out


def test_version_names_the_version(tideway):
    assert re.match(r"tideway \d+\.\d+\.\d+ \(Arrow 26\.", tideway("version").out)
    assert set(json.loads(tideway("version", "--json").out)) == {"tideway", "arrow", "lua"}


def test_types_are_written_and_the_editors_settings_kept(tideway, tmp_path):
    (tmp_path / ".luarc.json").write_text('{ "hint.enable": true, "workspace.library": ["mine"] }')
    for _ in range(2):
        assert tideway("types").code == 0
    settings = json.loads((tmp_path / ".luarc.json").read_text())
    assert settings["hint.enable"] is True
    assert settings["workspace.library"] == ["mine", ".tideway/types"]
    stub = (tmp_path / ".tideway" / "types" / "tideway" / "text.lua").read_text()
    assert "---@meta tideway.text" in stub and "function M.clean(options) end" in stub
    stub = (tmp_path / ".tideway" / "types" / "tideway" / "col.lua").read_text()
    assert "---@operator unm: tideway.Expression\n" in stub


def test_types_do_not_overwrite_settings_they_cannot_read(tideway, tmp_path):
    (tmp_path / ".luarc.json").write_text("not json")
    fails(tideway("types"), 2, ".luarc.json")
    assert (tmp_path / ".luarc.json").read_text() == "not json"


def test_types_keep_the_version_of_lua_that_is_there(tideway, tmp_path):
    (tmp_path / ".luarc.json").write_text('{ "runtime.version": "Lua 5.1" }')
    assert tideway("types").code == 0
    assert json.loads((tmp_path / ".luarc.json").read_text()) == {
        "runtime.version": "Lua 5.1", "workspace.library": [".tideway/types"]}


def test_types_leave_settings_with_comments_alone_and_say_what_to_add(tideway, tmp_path):
    text = '{ // mine\n  "hint.enable": true }'
    (tmp_path / ".luarc.json").write_text(text)
    fails(tideway("types"), 2, "comments", ".luarc.json", '"workspace.library": [".tideway/types"]')
    assert (tmp_path / ".luarc.json").read_text() == text


def test_text_that_is_not_utf8_is_replaced_in_json(tideway, script):
    script('return "bad \\255"')
    result = tideway("run", "hello", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["result"] == "bad \ufffd"


def test_check_prints_the_splits_in_the_order_of_the_card(tideway, script):
    script("""
      local rows, parts = tw.dataset.from_rows { { n = 1 } }, {}
      for _, name in ipairs { "b", "test", "a", "eval", "train", "c" } do parts[name] = rows end
      tw.hub.dataset("file:out"):push(parts)""")
    plan = tideway("check", "hello").out
    names = [line.split()[0].rstrip(":") for line in plan.splitlines()
             if line.split() and line.split()[0].rstrip(":") in ("a", "b", "c", "eval", "test", "train")]
    assert names == ["train", "eval", "test", "a", "b", "c"], plan


def test_check_prints_text_that_is_not_utf8(tideway, script):
    script()
    for arguments in (["check", "hello"], ["check", "hello", "--json"]):
        result = tideway(*arguments, "-p", b"greeting=bad \xff".decode(errors="surrogateescape"))
        assert result.code == 0, result.err
        assert "bad \ufffd" in result.out


def test_a_run_is_told_which_part_it_does_and_its_receipt_tells_it(tideway, script):
    path = script('return job.rank .. "/" .. job.world')
    alone = {name: "" for name in ("TIDEWAY_RANK", "TIDEWAY_WORLD", "SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX")}
    array = {"SLURM_ARRAY_TASK_ID": 2, "SLURM_ARRAY_TASK_MIN": 0, "SLURM_ARRAY_TASK_MAX": 3,
             "SLURM_ARRAY_TASK_COUNT": 4}
    for part, flags, env in (("0/1", [], {}), ("3/10", ["--rank", 3, "--world", 10], array),
                             ("1/5", [], {**array, "TIDEWAY_RANK": 1, "TIDEWAY_WORLD": 5}), ("2/4", [], array)):
        result = tideway("run", path, "-q", *flags, env={**alone, **env})
        assert (result.code, result.out) == (0, part + "\n"), result.err
        receipt = tideway.receipts()[-1]
        assert f"{receipt['rank']}/{receipt['world']}" == part
    assert tideway("check", path, "--rank", 3, "--world", 10).code == 0


def test_why_follows_a_row_of_the_part_that_a_run_did(tideway, script):
    path = script('tw.dataset.from_rows({ { id = 1 } }):write_jsonl(("part-%d.jsonl"):format(job.rank))')
    assert tideway("run", path, "--rank", 1, "--world", 2).code == 0
    result = tideway("why", "last", "part-1.jsonl:1")
    assert result.code == 0, result.err


def test_a_part_of_an_array_that_does_not_tell_of_how_many_fails_only_who_asks(tideway, script):
    array = {"SLURM_ARRAY_TASK_ID": 3, "SLURM_ARRAY_TASK_MIN": 3, "SLURM_ARRAY_TASK_MAX": 3,
             "SLURM_ARRAY_TASK_COUNT": 1}
    assert tideway("run", script("return 1"), env=array).code == 0
    fails(tideway("run", script("return job.world"), env=array), 2, "job.world: this is task 3 of a job, of how many?",
          "TIDEWAY_WORLD")
    assert tideway("run", script("return job.world"), env={**array, "TIDEWAY_WORLD": 4}).code == 0


@pytest.mark.parametrize("flags, words", [
    (["--rank", 1], "rank 1 of how many?"), (["--world", 3], "which of 3 parts?"),
    (["--rank", 3, "--world", 3], "rank 3 is none of 3 parts"), (["--rank", "x", "--world", 3], "--rank"),
])
def test_a_part_that_is_not_there_is_refused(tideway, script, flags, words):
    fails(tideway("run", script(), *flags), 2, words)


# help and completion


def commands(tideway):
    overview = tideway("help").out.split("usage:")[1]
    return re.findall(r"^  ([a-z]+) {2,}", overview, re.MULTILINE)


def options(tideway, command):
    return set(re.findall(r"--[a-z-]+", tideway("help", command).out))


def test_help_lists_every_command(tideway):
    assert set(commands(tideway)) == {
        "run", "check", "new", "test", "validate", "runs", "why", "clean", "hub", "store", "mirror", "stack", "queue",
        "worker", "doctor", "export", "help", "types", "version", "completion"}
    assert tideway().out == tideway("--help").out == tideway("help").out


def test_help_of_a_command_is_what_its_flag_prints(tideway):
    for command in commands(tideway):
        text = tideway("help", command)
        assert text.code == 0 and f"usage: tideway {command}" in text.out
        assert tideway(command, "--help").out == text.out
    assert {"--param", "--memory", "--workers", "--strict-skip", "--json", "--verbose", "--quiet"} \
        <= options(tideway, "run")


@pytest.mark.parametrize("topic,text", [
    ("exit-codes", "130"), ("environment", "TIDEWAY_HOME"), ("modules", "text"),
    ("text", "tw.text.clean"), ("text.clean", "urls?"), ("tw.text.clean", "Returns"),
    ("spec", "before_each(fn)"), ("expect", "expect(value) -> tideway.Expectation"),
])
def test_help_explains_topics_modules_and_functions(tideway, topic, text):
    result = tideway("help", topic)
    assert result.code == 0 and text in result.out, result.err


def test_help_finds_a_function_by_its_bare_name(tideway):
    assert tideway("help", "split").out == tideway("help", "dataset.split").out


def test_help_on_an_unknown_topic_suggests_one(tideway):
    fails(tideway("help", "dataset.spilt"), 2, "did you mean `dataset.split`?")
    fails(tideway("help", "text.claen"), 2, "did you mean `text.clean`?")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_covers_every_command_and_flag(tideway, shell):
    text = tideway("completion", shell).out
    for command in commands(tideway):
        assert command in text
        for option in options(tideway, command):
            assert (f"-l {option[2:]} " if shell == "fish" else option) in text, (command, option)


def test_fish_completion_quotes_what_it_describes(tideway):
    text = tideway("completion", "fish").out
    assert r"'print a pipeline\'s plan and validate it'" in text
    for line in text.splitlines():
        assert len(re.findall(r"(?<!\\)'", line)) % 2 == 0, line


def test_completion_of_another_shell_is_refused(tideway):
    fails(tideway("completion", "bsh"), 2, "did you mean `bash`?")


def test_bash_completes_commands_flags_and_scripts(tideway, script, tmp_path):
    script()
    (tmp_path / "completion").write_text(tideway("completion", "bash").out)

    def complete(*words):
        code = (f"source completion; COMP_WORDS=(tideway {' '.join(words)}); COMP_CWORD={len(words)};"
                'COMP_WORDS[$COMP_CWORD]=${COMP_WORDS[$COMP_CWORD]//@/}; _tideway; echo "${COMPREPLY[@]}"')
        env = {**os.environ, "PATH": f"{pathlib.Path(tideway.program).parent}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
        return done.stdout.split()

    assert complete("ch") == ["check"]
    assert complete("run", "--str") == ["--strict-skip"]
    assert complete("run", "hel") == ["hello"]
    assert complete("completion", "@") == ["bash", "zsh", "fish"]
    assert complete("run", "hello", "-p", "ti") == ["times="]
    assert complete("run", "hello", "--param", "@") == ["greeting=", "loud=", "ratio=", "times="]
    assert complete("run", "nowhere", "-p", "@") == complete("run", "hello", "--workers", "@") == []
    assert complete("help", "dataset.spl") == ["dataset.split"]
    assert complete("hub", "who") == ["whoami"]
    assert complete("export", "slurm", "hel") == ["hello"]
    assert complete("export", "slurm", "hello", "-p", "ti") == ["times="]
    assert complete("export", "slurm", "hello", "--shards", "@") == []
    assert complete("store", "pre") == ["presign"] and complete("store", "get", "--rec") == ["--recursive"]
    assert complete("hub", "get", "--inc") == ["--include"] and complete("hub", "ls", "--inc") == []


def actions(tideway, command="hub"):
    text = tideway("help", command).out.split("usage:")[1].split("`tideway help")[0]
    return re.findall(r"^  ([a-z]+) {2,}", text, re.MULTILINE)


@pytest.mark.parametrize("command, some", [("hub", {"whoami", "info", "ls", "get"}), ("export", {"slurm"}),
                                           ("store", {"ls", "stat", "get", "put", "cp", "rm", "presign", "mb"})])
def test_every_action_is_explained_and_its_flag_prints_the_same(tideway, command, some):
    assert some <= set(actions(tideway, command))
    for action in actions(tideway, command):
        text = tideway("help", command, action)
        assert text.code == 0 and f"usage: tideway {command} {action}" in text.out
        assert tideway(command, action, "--help").out == text.out


def test_an_action_has_options_of_its_own(tideway):
    assert "--include" in tideway("help", "hub", "get").out and "--include" not in tideway("help", "hub", "ls").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("command", ["hub", "export", "store"])
def test_completion_covers_every_action_and_flag(tideway, shell, command):
    text = tideway("completion", shell).out
    for action in actions(tideway, command):
        assert action in text
        for option in set(re.findall(r"^  (?:-., ?)?(--[a-z-]+)", tideway("help", command, action).out, re.MULTILINE)):
            assert (f"-l {option[2:]} " if shell == "fish" else option) in text, (action, option)


def test_a_wrong_or_missing_action_of_the_hub_is_told(tideway):
    fails(tideway("hub", "gte", "ns/name"), 2, "unknown action: gte; did you mean `get`?", "tideway hub --help")
    fails(tideway("hub"), 2, "usage: hub: no action", "tideway hub --help")
    fails(tideway("hub", "get", "ns/name", "--inclde=x"), 2, "unknown option: --inclde; did you mean `--include`?",
          "tideway hub get --help")
    fails(tideway("hub", "ls", "ns/name", "more"), 2, "unexpected argument: more", "tideway hub ls --help")
    fails(tideway("hub", "ls"), 2, "tideway hub ls --help")


def test_a_wrong_action_or_address_of_a_store_is_told(tideway):
    fails(tideway("store", "lss", "s3://b"), 2, "unknown action: lss; did you mean `ls`?", "tideway store --help")
    fails(tideway("store"), 2, "usage: store: no action", "tideway store --help")
    fails(tideway("store", "ls", "bucket"), 2, "no address of a store: bucket", "write s3://bucket")
    fails(tideway("store", "get", "s3://bucket"), 2, "which object of s3://bucket?", "-r")
    fails(tideway("store", "get", "s3://bucket/data/"), 2, "no name for a file: s3://bucket/data/", "-r")
    fails(tideway("store", "cp", "s3://bucket/a", "gs://bucket/a"), 2, "a copy stays in its bucket")
    fails(tideway("store", "rm", "-r", "s3://bucket"), 2, "a whole bucket is not emptied")
    fails(tideway("store", "mb", "s3://bucket/key"), 2, "a bucket is opened without a key")
    fails(tideway("store", "ls", "gs://bucket", "--region", "eu"), 2, "are of s3:// only")


# past runs


def test_runs_lists_what_ran_and_tells_about_one(tideway, script):
    path = script("""
        tw.dataset.from_rows({ { id = 1 }, { id = 2 } }):filter(tw.col "id":gt(1)):write_jsonl "rows.jsonl"
    """)
    assert tideway("runs").out.splitlines()[1:] == []
    assert tideway("run", path).code == 0
    listed = tideway("runs").out.splitlines()
    assert listed[0].split() == ["run", "started", "(UTC)", "status", "seconds", "rows", "out", "pipeline"]
    assert re.fullmatch(r"(\S+)  [\d-]+ [\d:]+  done +[\d.]+ +1  hello", listed[1]), listed[1]
    told = tideway("runs", "last").out
    assert told.startswith(listed[1].split()[0] + ": done\n")
    assert re.search(r"steps\n  step .*\n  filter .* 2 +1\noutputs\n  \S*rows.jsonl  1 rows", told), told
    assert json.loads(tideway("runs", "last", "--json").out) == tideway.receipts()[0]
    assert json.loads(tideway("runs", "--json").out)["runs"][0]["rows_out"] == 1


def test_runs_refuses_a_run_that_is_none(tideway):
    result = tideway("runs", "1999")
    assert result.code != 0
    assert "track: no run 1999 in" in result.err and "`tideway runs` lists them" in result.err
    assert "usage: --limit must be a whole number from 1: 0" in tideway("runs", "-n", 0).err


def test_clean_removes_rows_of_killed_runs_and_old_runs(tideway, script):
    path = script("return 1")
    for _ in range(3):
        assert tideway("run", path).code == 0
    mark = (tideway.folder / ".tideway" / "runs").iterdir().__next__().joinpath("owner").read_text()
    leftover = tideway.folder / ".tideway" / "scratch" / f"scratch-{mark}.0"
    leftover.mkdir(parents=True)
    (leftover / "rows-0").write_bytes(b"x" * 2048)
    removed = json.loads(tideway("clean", "--keep", 1, "--json").out)
    assert removed == {"scratch_folders": 1, "scratch_bytes": 2048, "caches": 0, "cache_bytes": 0, "runs": 2}
    assert not leftover.exists()
    assert len(tideway.receipts()) == 1
    assert tideway("clean").out == "removed the rows of 0 dead runs (0 B), 0 old caches (0 B), and 0 old runs\n"
    assert "usage: --keep must be a whole number from 0: -1" in tideway("clean", "--keep=-1").err



# terminals


def run_on_terminal(tideway, arguments, env):
    """What the program writes to a standard error that is a terminal."""
    main, side = pty.openpty()
    process = subprocess.Popen([tideway.program, *arguments], cwd=tideway.folder, stderr=side,
                               stdout=subprocess.DEVNULL, env=tideway.environment(env))
    os.close(side)
    text = b""
    while True:
        try:
            piece = os.read(main, 4096)
        except OSError:
            break
        if not piece:
            break
        text += piece
    process.wait()
    os.close(main)
    return text.decode()


def test_colour_is_for_terminals_and_no_color_wins(tideway, script):
    script('job:log("noted")')
    assert "\x1b[" in run_on_terminal(tideway, ["run", "hello"], {}).split("noted")[0].replace("\x1b[K", "")
    plain = run_on_terminal(tideway, ["run", "hello"], {"NO_COLOR": "1"})
    assert "\x1b[3" not in plain and "noted" in plain
    assert "\x1b" not in tideway("run", "hello").err
