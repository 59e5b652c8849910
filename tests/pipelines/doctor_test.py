"""`tideway doctor`: a healthy machine, and one ill in each of its parts."""

import json
import os
import re
import socket
import subprocess
import time

import pytest
from fakes.hub import Stall, Status

NAMES = ["config", "network", "memory", "cache", "disk", "token"]


@pytest.fixture
def environment(hub, tideway):
    return {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_write"}


@pytest.fixture
def doctor(tideway, environment):
    """Runs it with so small a reserve that any disk has it; variables that are None are not set."""

    def doctor(*arguments, reserve="1MB", **env):
        given = {name: value for name, value in {**environment, **env}.items() if value is not None}
        return tideway("doctor", "--reserve", reserve, *arguments, env=given, timeout=60)

    return doctor


@pytest.fixture
def issues(doctor):
    """The issues by the check's name: message and hint. The exit code says whether there are any."""

    def issues(*arguments, **options):
        result = doctor("--json", *arguments, **options)
        report = json.loads(result.out)
        assert [check["check"] for check in report["checks"]] == NAMES
        found = {check["check"]: f"{check['error']['message']}; {check['error'].get('hint', '')}"
                 for check in report["checks"] if not check["ok"]}
        assert (report["issues"], report["healthy"], result.code) == (len(found), not found, 1 if found else 0)
        return found

    return issues


def test_a_healthy_machine_is_a_line_for_each_check_and_nothing_is_made(doctor, hub, tideway):
    result = doctor()
    assert result.code == 0, result.out + result.err
    lines = result.out.splitlines()
    assert [line.split()[:2] for line in lines[1:-1]] == [[name.capitalize(), "ok"] for name in NAMES]
    assert lines[0].startswith("tideway ") and lines[-1] == "Health OK"
    assert f"{hub.endpoint} answers in" in lines[2]
    assert re.search(r"[\d.]+ GiB \(.+\), [\d.]+ .?i?B in use", lines[3]), lines[3]
    assert "locks work" in lines[4] and "(of HF_HOME)" in lines[4]
    assert lines[6].endswith("ns (of HF_TOKEN), may write")
    assert not (tideway.folder / "home").exists() and not (tideway.folder / ".tideway").exists()


def test_no_secret_is_shown(doctor, issues):
    proxy = "http://user:hf_proxy_pass@127.0.0.1:1"
    for result in (doctor(), doctor("--json"), doctor("-vv"), doctor("-vv", HF_TOKEN="hf_wrong_secret"),
                   doctor("-v", http_proxy=proxy), doctor("--json", http_proxy=proxy)):
        for secret in ("hf_write", "hf_wrong_secret", "hf_proxy_pass"):
            assert secret not in result.out + result.err
    assert "http_proxy=127.0.0.1:1" in issues(http_proxy=proxy)["network"]


def test_without_a_network_the_other_checks_run(issues):
    with socket.socket() as taken:  # bound, and not listening: it refuses
        taken.bind(("127.0.0.1", 0))
        found = issues(HF_ENDPOINT=f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert set(found) == {"network", "token"}
    assert "HF_HUB_OFFLINE=1" in found["network"]


def test_offline_the_hub_is_not_asked(doctor, issues, hub):
    assert issues(HF_HUB_OFFLINE="1") == {}
    assert "offline" in doctor(HF_HUB_OFFLINE="1").out and len(hub.requests) == 0
    assert "unset HF_HUB_OFFLINE" in issues("--dataset", "ns/name", HF_HUB_OFFLINE="1")["token"]


def test_a_hub_in_trouble_is_told(issues, hub):
    hub.fault(None, "/api/", call="every", action=Status(503))
    assert "503" in issues("--timeout", "5")["network"]


def test_a_hub_that_does_not_answer_takes_no_longer_than_the_time_out(issues, hub):
    hub.fault(None, "/api/", call="every", action=Stall())
    start = time.monotonic()
    found = issues("--timeout", "1")
    hub.faults.release()
    assert time.monotonic() - start < 10
    assert set(found) == {"network", "token"}


def test_a_folder_that_hangs_takes_no_longer_than_the_time_out(issues, tideway):
    os.mkfifo(tideway.folder / "pipe")  # who opens it waits for a writer
    start = time.monotonic()
    found = issues("--timeout", "0.5", HF_TOKEN=None, HF_TOKEN_PATH=tideway.folder / "pipe")
    assert time.monotonic() - start < 10
    assert "no answer within 0.5 s" in found["config"] and "memory" not in found


def test_a_wrong_token_is_told_with_where_to_make_one(issues, hub):
    found = issues(HF_TOKEN="hf_wrong")
    assert set(found) == {"token"}
    assert "HF_TOKEN is wrong or has expired" in found["token"] and f"{hub.endpoint}/settings/tokens" in found["token"]


def test_no_token_is_well_until_a_dataset_needs_one(doctor, issues, hub):
    hub.add("datasets", "big/gated", {}).gated = "auto"
    hub.add("datasets", "big/open", {})
    assert issues(HF_TOKEN=None) == issues("--dataset", "big/open", HF_TOKEN=None) == {}
    assert "none, public repositories only" in doctor(HF_TOKEN=None).out
    found = issues("--dataset", "big/gated", HF_TOKEN=None)
    assert f"ask for access at {hub.endpoint}/datasets/big/gated" in found["token"]


def test_a_gated_dataset_is_told_with_where_to_accept_until_access_is_there(doctor, issues, hub):
    repo = hub.add("datasets", "big/gated", {})
    repo.gated = "auto"
    found = issues("--dataset", "big/gated")
    assert "is gated" in found["token"] and f"ask for access at {hub.endpoint}/datasets/big/gated" in found["token"]
    repo.granted.add("ns")
    assert doctor("--dataset", "big/gated").out.splitlines()[-2].endswith("may read big/gated")


def test_a_dataset_that_is_not_there_is_told(issues):
    assert "no dataset big/nowhere" in issues("--dataset", "big/nowhere")["token"]


def mounted(folder, options, *command):
    """Runs a command where `folder` is a file system of its own in memory."""
    script = 'mount -t tmpfs -o "$2" none "$1" && shift 2 && exec "$@"'
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(folder), options, *command]


@pytest.fixture
def on_disk(tideway, environment, tmp_path):
    """Runs it where `folder` is a disk of its own, after `before` has been done there."""

    def on_disk(options, before, *arguments, **env):
        folder = tmp_path / "disk"
        folder.mkdir(exist_ok=True)
        inner = [tideway.program, "doctor", "--json", *arguments]
        command = mounted(folder, options, "sh", "-c", before + '; exec "$@"', "sh", *inner)
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder.parent, timeout=60,
                              env=tideway.environment({**environment, **env}))
        report = json.loads(done.stdout)
        return {check["check"]: check["error"] for check in report["checks"] if not check["ok"]}

    return on_disk


def test_a_cache_that_is_read_only_is_told_with_the_variable_that_moves_it(on_disk, tmp_path):
    found = on_disk("size=8m", f"mount -o remount,ro {tmp_path}/disk", "--reserve", "1kB",
                    HF_HUB_CACHE=tmp_path / "disk" / "hub")
    assert set(found) == {"cache"}
    assert "read-only file system" in found["cache"]["message"] and "of HF_HUB_CACHE" in found["cache"]["hint"]


def test_a_full_disk_is_told_with_what_is_free_and_the_reserve(on_disk, tmp_path):
    found = on_disk("size=8m", f"head -c 6M /dev/zero >{tmp_path}/disk/full", "--reserve", "4MiB",
                    TIDEWAY_HOME=tmp_path / "disk" / "state")
    assert set(found) == {"disk"} and found["disk"]["kind"] == "disk_full"
    assert "2.0 MiB free for the scratch files, less than the reserve of 4.0 MiB" in found["disk"]["message"]
    assert "TIDEWAY_HOME" in found["disk"]["hint"]


def test_a_disk_without_inodes_is_told(on_disk, tmp_path):
    found = on_disk("nr_inodes=2", f"touch {tmp_path}/disk/last", "--reserve", "1kB",
                    HF_HUB_CACHE=tmp_path / "disk" / "hub")
    assert "no inodes are left for the cache" in found["disk"]["message"]


def test_the_reserve_is_100_gb_unless_another_is_given(issues):
    assert "less than the reserve of 909.5 TiB" in issues(reserve="1000TB")["disk"]


def test_variables_that_contradict_each_other_are_told_without_their_values(issues):
    assert issues(HUGGINGFACE_TOKEN="hf_write") == {}
    found = issues(HUGGINGFACE_TOKEN="hf_read")
    assert found == {"config": "doctor: HF_TOKEN and HUGGINGFACE_TOKEN differ, and mean one thing; "
                               "unset one of them; HF_TOKEN is taken"}


def test_an_endpoint_that_is_none_is_told(issues):
    assert "HF_ENDPOINT is no URL" in issues(HF_ENDPOINT="nowhere")["config"]


def test_a_state_folder_that_cannot_be_made_is_told(issues, tmp_path):
    (tmp_path / "file").write_text("x")
    found = issues(TIDEWAY_HOME=tmp_path / "file" / "state")
    assert set(found) == {"config", "disk"} and "not a folder" in found["config"]


@pytest.mark.parametrize("arguments, words", [
    (["--timeout", "0"], "--timeout must be above 0"), (["--timeout", "-1"], "--timeout must be above 0"),
    (["--timeout", "x"], "--timeout"), (["--reserve", "lots"], "not a size"), (["--dataset", "a b"], "a b"),
    (["--datset", "x"], "did you mean `--dataset`?"),
])
def test_options_that_make_no_sense_are_refused(tideway, arguments, words):
    result = tideway("doctor", *arguments)
    assert result.code == 2 and words in result.err
