"""The script that downloads a list of datasets, and the library of scripts behind it."""

import json

import pytest
from conftest import ROOT
from fakes.hub import Status

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

SCRIPT = ROOT / "scripts" / "hub_download.lua"
FILES = {
    "README.md": b"---\nconfigs:\n- config_name: en\n  data_files:\n  - {split: train, path: en/train.csv}\n"
                 b"  - {split: test, path: en/test.csv}\n- config_name: fr\n  data_files: fr/*.csv\n---\n",
    "en/train.csv": b"text\ngood day\n",
    "en/test.csv": b"text\ngood night\n",
    "fr/a[1].csv": b"text\nbon jour\n",
}
BY_QUEUE = """
local hub_downloads = require "lib.hub_downloads"
local tw = require "tideway"
return tw.pipeline {
  name = "by_queue",
  run = function()
    local hub = hub_downloads.new { use_queue = true, download_dir = "out", queue_config = { max_size = 2 } }
    hub:connect()
    local id = hub:download_dataset { dataset_id = "ns/texts", subset = "fr", wait = false }
    local got = hub.queue:result(id, 60)
    local missing = { pcall(hub.download_dataset, hub, { dataset_id = "ns/nothing" }) }
    hub:close()
    return { id = type(id), files = got.files, missing = missing[2].message }
  end,
}
"""


@pytest.fixture
def run(tideway, hub):
    hub.add("datasets", "ns/texts", FILES)

    def run(*arguments, code=0, **env):
        result = tideway("run", *arguments, "--json", env={
            "HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read", **env})
        assert result.code == code, result.out + result.err
        return json.loads(result.out)["result"] if code == 0 else result.out + result.err

    return run


def test_the_list_of_the_environment_is_downloaded(run, tideway):
    wanted = ["ns/texts", {"dataset_id": "ns/texts", "subset": "en", "split": "test"}]
    got = run(SCRIPT, HUGGINGFACE_DOWNLOAD_DATASETS=json.dumps(wanted), HUGGINGFACE_CACHE_DIR="cache")
    assert [one["files"] for one in got] == [len(FILES) + 1, 1]
    snapshot = tideway.folder / "cache" / "datasets--ns--texts" / "snapshots" / got[0]["commit"]
    assert {path: (snapshot / path).read_bytes() for path in FILES} == FILES


def test_one_split_is_all_that_comes_and_a_bracket_is_no_pattern(run, tideway):
    got = run(SCRIPT, HUGGINGFACE_DOWNLOAD_DATASETS='[{"dataset_id": "ns/texts", "subset": "fr"}]',
              HUGGINGFACE_DOWNLOAD_DIR="out")
    assert got[0]["folder"].endswith("out/ns/texts")
    place = tideway.folder / "out" / "ns" / "texts"
    assert [path.name for path in place.rglob("*.csv")] == ["a[1].csv"]


@pytest.mark.parametrize("text", ["", "ns/texts", "[]", "[1]", '[{"dataset": "ns/texts"}]', '{"a": 1'])
def test_what_is_no_list_is_refused_before_anything_is_asked(run, hub, text):
    run(SCRIPT, code=2, HUGGINGFACE_DOWNLOAD_DATASETS=text)
    assert not hub.requests.of("GET")


def test_the_token_of_the_setting_is_used(run, hub):
    hub.add("datasets", "ns/secret", {"a.csv": b"text\na\n"}, private=True)
    hub.user("hf_other", "other", orgs=("ns",))
    got = run(SCRIPT, HUGGINGFACE_DOWNLOAD_DATASETS='["ns/secret"]', HUGGINGFACE_API_KEY="hf_other")
    assert got[0]["files"] == 2
    assert {one.headers["authorization"] for one in hub.requests.of("GET")} == {"Bearer hf_other"}


def test_a_configuration_or_split_that_is_not_there_is_told_with_those_that_are(run):
    said = run(SCRIPT, code=1, HUGGINGFACE_DOWNLOAD_DATASETS='[{"dataset_id": "ns/texts", "subset": "de"}]')
    assert "no configuration `de`" in said and "en, fr" in said
    said = run(SCRIPT, code=1,
               HUGGINGFACE_DOWNLOAD_DATASETS='[{"dataset_id": "ns/texts", "subset": "en", "split": "dev"}]')
    assert "no split `dev`" in said and "train, test" in said


def test_by_a_queue_the_id_comes_at_once_and_the_result_when_it_is_there(run, tideway, hub):
    (tideway.folder / "by_queue.lua").write_text(BY_QUEUE)
    (tideway.folder / "lib").symlink_to(ROOT / "scripts" / "lib")
    hub.fault("GET", "/resolve/", action=Status(500))
    got = run("by_queue.lua")
    assert got["id"] == "string" and got["files"] == ["fr/a[1].csv"]
    assert "ns/nothing" in got["missing"]


def test_workers_that_fail_end_who_waits_for_them(run, tideway):
    (tideway.folder / "by_queue.lua").write_text(
        BY_QUEUE.replace("max_size = 2", "num_workers = 0").replace("hub.queue:result(id, 60)", "hub:result(id)"))
    (tideway.folder / "lib").symlink_to(ROOT / "scripts" / "lib")
    error = run("by_queue.lua", code=2)
    assert "num_workers" in error
