"""The main job against a fake Hub: what it publishes, what it does with Spaces, and what its log tells."""

import re

import load_postgres
import pytest
from conftest import GRIEVANCES
from fakes.hub import Do, Status

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

TOKEN = "hf_write"
ALL = 10**6


@pytest.fixture
def settings(complaints, hub, tideway):
    return {
        "POSTGRES_URL": f"sqlite:{complaints}", "MIN_DATASET_LEN": "500", "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": tideway.folder / "home", "HF_TOKEN": TOKEN, "DEPARTMENT_DATASET": "ns/department",
        "URGENCY_DATASET": "ns/urgency",
    }


@pytest.fixture
def run(tideway, settings):
    def call(code=0, verb="run", options=(), **env):
        given = {name: value for name, value in {**settings, **env}.items() if value is not None}
        result = tideway(verb, GRIEVANCES, *options, env=given)
        assert result.code == code, result.err
        return result

    return call


def calls(hub, *ends):
    """The calls that end so, in their order."""
    posts = [one.path for one in hub.requests.of("POST")]
    return [path.removeprefix("/api/") for path in posts if path.endswith(ends) or any(end in path for end in ends)]


def load_labels(repo):
    from datasets import load_dataset

    loaded = load_dataset(repo)
    return {split: [rows.num_rows, rows.features["label"].names] for split, rows in loaded.items()}


def test_the_grievances_are_published_on_the_hub(hub, tideway, settings, client):
    result = tideway("run", GRIEVANCES, env=settings)
    assert result.code == 0, result.err
    for name, names in (("ns/department", 4), ("ns/urgency", 3)):
        loaded = client(load_labels, name)
        assert list(loaded) == ["train", "eval", "test"]
        assert all(len(labels) == names for _, labels in loaded.values())
        repo = hub.repo("datasets", name)
        assert re.fullmatch(r"refs/tags/v\d{8}_\d{6}", [ref for ref in repo.refs if "/tags/" in ref][0])
    assert "nothing changed" in tideway("run", GRIEVANCES, env=settings).err


def test_the_log_of_a_good_run_tells_each_step_with_counts_repository_and_tag(hub, run, complaints, postgres):
    load_postgres.load(complaints, postgres)
    hub.add("spaces", "ns/prepare")
    spaces = {"PREPARE_DATASET_SPACE_ID": "ns/prepare", "RESTART_SPACES": "ns/prepare"}
    log = run(POSTGRES_URL=postgres, **spaces).err.splitlines()
    assert log[0] == f"info: hub: {hub.endpoint} with the token of HF_TOKEN"
    assert re.fullmatch(r"warning: \d+ rows of misclassified_complaints have no complaint_id .*", log[1])
    for column in ("department", "urgency"):
        mine = [line for line in log if column in line]
        counts = re.fullmatch(rf"info: {column}: (\d+) mistakes and (\d+) correct predictions", mine[0])
        assert mine[1] == f"info: hub: made the private dataset ns/{column}"
        published = re.fullmatch(rf"info: hub: ns/{column}: published (\d+) rows"
                                 r" \(train (\d+), eval (\d+), test (\d+)\) as v\d{8}_\d{6}", mine[2])
        rows = sum(map(int, counts.groups()))
        assert rows == int(published[1]) == sum(map(int, published.groups()[1:]))
        assert len(mine) == 3
    assert log[-2:] == ["info: hub: restarted space ns/prepare", "info: hub: paused space ns/prepare"]
    assert len(log) == 10


def test_the_log_of_skipped_labels_tells_how_many_rows_there_were_and_what_stays(hub, run):
    hub.add("spaces", "ns/prepare")
    log = run(MIN_DATASET_LEN=ALL, PREPARE_DATASET_SPACE_ID="ns/prepare", RESTART_SPACES="ns/none").err
    for column in ("department", "urgency"):
        assert re.search(rf"warning: skipped: {column}: skipped_insufficient_data \(\d+ < {ALL} rows\),"
                         rf" ns/{column} stays as it is\n", log)
    assert calls(hub, "") == ["spaces/ns/prepare/pause"]
    assert hub.repo("spaces", "ns/prepare").space.stage == "PAUSED"


def test_the_space_is_paused_after_all_pushes_and_restarts(hub, run):
    for name in ("prepare", "one", "two"):
        hub.add("spaces", f"ns/{name}")
    run(PREPARE_DATASET_SPACE_ID="ns/prepare", RESTART_SPACES="ns/one, ns/two")
    ours = calls(hub, "/commit/", "/tag/", "/pause", "/restart")
    assert ours[-3:] == ["spaces/ns/one/restart", "spaces/ns/two/restart", "spaces/ns/prepare/pause"]
    assert len([path for path in ours if "/tag/" in path]) == 2


def test_nothing_is_restarted_when_nothing_changed_and_the_space_is_paused_all_the_same(hub, run):
    for name in ("prepare", "one"):
        hub.add("spaces", f"ns/{name}")
    run()
    hub.requests.clear()
    run(PREPARE_DATASET_SPACE_ID="ns/prepare", RESTART_SPACES="ns/one")
    assert calls(hub, "/pause", "/restart") == ["spaces/ns/prepare/pause"]


@pytest.mark.parametrize("space, token, words", [
    ("ns/none", TOKEN, "ns/none was not paused: hub: no space ns/none"),
    ("other/app", TOKEN, "other/app was not paused: hub: space other/app: the token of HF_TOKEN may not pause it"),
    ("ns/static", TOKEN, "ns/static was not paused: hub: space ns/static: one cannot pause it"),
])
def test_a_pause_that_fails_is_a_warning_and_no_failed_run(hub, run, space, token, words):
    hub.add("spaces", "other/app")
    hub.add("spaces", "ns/static").space.sdk = "static"
    done = run(PREPARE_DATASET_SPACE_ID=space, RESTART_SPACES="ns/gone", HF_TOKEN=token)
    assert f"warning: {words}" in done.err
    assert "warning: ns/gone was not restarted: hub: no space ns/gone" in done.err
    assert len([line for line in done.err.splitlines() if "was not paused" in line]) == 1
    assert hub.repo("datasets", "ns/urgency").head.title == "Upload dataset"


def test_a_pause_without_a_hub_that_answers_is_a_warning(hub, run, tmp_path):
    hub.add("spaces", "ns/prepare")
    hub.fault("POST", "/pause", call="every", action=Status(501))
    done = run(PREPARE_DATASET_SPACE_ID="ns/prepare", DEPARTMENT_DATASET=f"file:{tmp_path}/d",
               URGENCY_DATASET=f"file:{tmp_path}/u")
    assert "warning: ns/prepare was not paused" in done.err


def test_a_run_that_fails_leaves_its_space_running(hub, run):
    space = hub.add("spaces", "ns/prepare").space
    run(code=5, POSTGRES_URL="postgresql://postgres@127.0.0.1:1/none", PREPARE_DATASET_SPACE_ID="ns/prepare")
    assert space.stage == "RUNNING" and not hub.requests.of("POST")


@pytest.mark.parametrize("env", [{"PREPARE_DATASET_SPACE_ID": "prepare"}, {"RESTART_SPACES": "ns/a--b"}])
def test_a_name_that_is_no_space_is_refused_before_anything_runs(hub, run, env):
    run(code=2, **env)
    assert not hub.requests


def test_datasets_are_private_unless_told_otherwise(hub, run):
    run()
    assert hub.repo("datasets", "ns/department").private and hub.repo("datasets", "ns/urgency").private
    run(DEPARTMENT_DATASET="ns/open", DATASET_VISIBILITY="public")
    assert not hub.repo("datasets", "ns/open").private
    assert "visibility must be one of" in run(code=2, DATASET_VISIBILITY="hidden").err


@pytest.mark.parametrize("names", [
    ("HF_TOKEN", "HUGGINGFACE_TOKEN", "HUGGINGFACE_API_KEY"), ("HUGGINGFACE_TOKEN", "HUGGINGFACE_API_KEY"),
    ("HUGGINGFACE_API_KEY",), (),
])
def test_the_first_token_of_the_environment_counts_then_the_stored_login(hub, run, tideway, names):
    stored = tideway.folder / "home" / "token"
    stored.parent.mkdir()
    stored.write_text(f"{'hf_wrong' if names else TOKEN}\n")
    tokens = dict.fromkeys(names, "hf_wrong") | ({names[0]: TOKEN} if names else {})
    done = run(**{"HF_TOKEN": None, **tokens})
    assert f"with the token of {names[0] if names else stored}\n" in done.err
    assert {one.headers["authorization"] for one in hub.requests.of(origin="hub")} == {f"Bearer {TOKEN}"}
    assert TOKEN not in done.err + done.out


def test_check_looks_at_everything_and_changes_nothing(hub, run):
    hub.add("spaces", "ns/prepare")
    planned = run(verb="check", PREPARE_DATASET_SPACE_ID="ns/prepare", RESTART_SPACES="ns/prepare ns/gone")
    assert "push ns/department" in planned.out and "pause space ns/prepare" in planned.out
    assert "restart space ns/prepare\n" in planned.out
    assert "restart space ns/gone\n  but: hub: no space ns/gone" in planned.out
    assert {one.method for one in hub.requests} == {"GET"}
    assert "pause space ns/none\n  but: hub: no space ns/none" in run(
        verb="check", PREPARE_DATASET_SPACE_ID="ns/none").out


def test_a_pause_that_is_interrupted_ends_the_run(hub, tideway, settings):
    hub.add("spaces", "ns/prepare")
    running = []
    hub.fault("POST", "/pause", call="every", action=Do(lambda request: running[0].terminate()))
    hub.fault("POST", "/pause", call="every", action=Status(503, {"Retry-After": "60"}))
    running.append(tideway.start("run", GRIEVANCES, env={**settings, "PREPARE_DATASET_SPACE_ID": "ns/prepare"}))
    _, err = running[0].communicate(timeout=60)
    assert running[0].returncode == 130, err
