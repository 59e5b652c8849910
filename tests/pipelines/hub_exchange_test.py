"""What Python pushes is read by us, what we push is cloned by git, and several that push at once take nothing away."""

import hashlib
import json
import signal
import subprocess
import threading

import pytest
import yaml
from fakes.hub import Do
from fakes.hub.faults import Action, ConnectionCut
from hub_configs_test import SCRIPT as CONFIGS
from hub_push_test import NUMBERS, read_numbers

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

READS = """
local tw = require "tideway"
return tw.pipeline { name = "reads", run = function() (%s):write_jsonl "out.jsonl" end }
"""


@pytest.fixture
def environment(hub, tideway):
    return {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_write"}


@pytest.fixture
def read(tideway, environment):
    """The rows of a dataset that is an expression in Lua."""

    def read(expression):
        (tideway.folder / "reads.lua").write_text(READS % expression)
        result = tideway("run", "reads.lua", "--fresh", env=environment)
        assert result.code == 0, result.err
        return [json.loads(line) for line in (tideway.folder / "out.jsonl").read_text().splitlines()]

    return read


@pytest.fixture
def push(tideway, environment):
    def push(**params):
        (tideway.folder / "numbers.lua").write_text(NUMBERS)
        given = [word for name, value in params.items() for word in ("-p", f"{name}={value}")]
        result = tideway("run", "numbers.lua", "--fresh", *given, env=environment)
        assert result.code == 0, result.err

    return push


def push_in_shards(repo, shards):
    """Two configurations of two splits in so many shards each; the rows."""
    from datasets import DatasetDict, load_dataset

    for config, first in (("default", 0), ("other", 1000)):
        parts = {"train": example("train", first, 200), "test": example("test", first + 500, 90)}
        DatasetDict(parts).push_to_hub(repo, config, num_shards={"train": shards, "test": 2})
    return {f"{config} {split}": load_dataset(repo, config, split=split).to_list()
            for config in ("default", "other") for split in ("train", "test")}


def test_several_shards_and_configurations_of_pythons_are_read_as_python_reads_them(hub, client, read):
    theirs = client(push_in_shards, "ns/theirs", 3)
    assert sum(path.endswith(".parquet") for path in hub.repo("datasets", "ns/theirs").files()) == 10
    for name, rows in theirs.items():
        config, split = name.split()
        assert read(f'tw.hub.dataset("ns/theirs"):read("{split}", {{ config = "{config}" }})') == rows
        folder = {"default": "data"}.get(config, config)
        assert read(f'tw.dataset.parquet "hf://datasets/ns/theirs/{folder}/{split}-*"') == rows


def push_numbers_in_shards(repo):
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

    features = Features({"n": Value("int64"), "label": ClassLabel(names=["a", "b"])})
    rows = [{"n": n, "label": n % 2} for n in range(100)]
    DatasetDict({"train": Dataset.from_list(rows, features=features)}).push_to_hub(repo, num_shards={"train": 3})
    return True


def test_fewer_shards_of_a_split_leave_no_stale_file(hub, client, push):
    assert client(push_numbers_in_shards, "ns/numbers")
    repo = hub.repo("datasets", "ns/numbers")
    assert [path for path in repo.files() if path.startswith("data/")] == [
        f"data/train-{shard:05}-of-00003.parquet" for shard in range(3)]
    push(first=7, count=5)
    assert [path for path in repo.files() if path.startswith("data/")] == ["data/train-00000-of-00001.parquet"]
    assert client(read_numbers, "ns/numbers")["train"][0] == [7, 8, 9, 10, 11]


def test_configurations_that_are_pushed_at_once_are_all_in_the_card(hub, tideway, environment):
    (tideway.folder / "configs.lua").write_text(CONFIGS)
    repo = hub.add("datasets", "ns/ours", {"README.md": b"---\nlicense: mit\n---\n\nwords\n"})
    names = [f"c{number}" for number in range(4)]
    for round_number in range(5):
        both = [tideway.start("run", "configs.lua", "--fresh", "-p", f"config={name}", "-p",
                              f"first={10 * round_number + 1}", env=environment) for name in names]
        for process in both:
            _, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
        text = repo.read("README.md").decode()
        card = yaml.safe_load(text.split("---\n")[1])
        assert sorted(one["config_name"] for one in card["configs"]) == names
        assert sorted(one["config_name"] for one in card["dataset_info"]) == names
        assert card["license"] == "mit" and text.endswith("\n\nwords\n")
        assert all(f"{name}/train-00000-of-00001.parquet" in repo.files() for name in names)
    assert len(list(repo.log(repo.head))) == 2 + 5 * len(names)


class Hang(Action):
    """Takes no byte, and is gone once the other side is."""

    def __init__(self):
        self.over = threading.Event()

    def received(self, request):
        self.over.wait(60)
        raise ConnectionCut


def test_a_put_killed_after_half_of_its_files_sends_the_other_half(hub, tideway, environment):
    arrived, contents = threading.Semaphore(0), {}
    for number in range(100):
        contents[f"{number:02}.bin"] = b"\0" + number.to_bytes(2, "big") * 500
        (tideway.folder / "in").mkdir(exist_ok=True)
        (tideway.folder / "in" / f"{number:02}.bin").write_bytes(contents[f"{number:02}.bin"])
    repo = hub.add("datasets", "ns/files")
    hub.fault("POST", "/lfs/verify", call="every", action=Do(lambda request: arrived.release()))
    hang = Hang()
    hub.fault("PUT", "/upload/", call=range(51, 1000), action=hang)
    process = tideway.start("hub", "put", "ns/files", "in", env=environment)
    for _ in range(50):
        assert arrived.acquire(timeout=60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    stored = set(repo.objects)
    hang.over.set()
    hub.faults.clear()
    hub.requests.clear()
    result = tideway("hub", "put", "ns/files", "in", env=environment)
    assert result.code == 0, result.err
    sent = [one.path.rpartition("/")[2] for one in hub.requests.of("PUT")]
    assert len(stored) == 50 and len(sent) == len(set(sent)) == 50 and not stored & set(sent)
    assert {name: repo.read(name) for name in contents} == contents
    assert [one.title for one in repo.log(repo.head)][1:] == ["initial commit"]


@pytest.mark.parametrize("revision", ["feature/one", "refs/pr/1"])
def test_a_revision_with_slashes_is_one_segment_of_every_call(hub, tideway, environment, revision):
    repo = hub.add("datasets", "ns/files", {"a.txt": b"a"})
    repo.refs[revision if revision.startswith("refs/") else f"refs/heads/{revision}"] = repo.head.oid
    (tideway.folder / "in").mkdir()
    (tideway.folder / "in" / "large.bin").write_bytes(b"\0" * 3000)

    def run(*words):
        result = tideway("hub", *words, "--revision", revision, env=environment)
        assert result.code == 0, result.err
        return result.out

    run("put", "ns/files", "in")
    assert repo.read("large.bin", revision) == b"\0" * 3000 and "large.bin" not in repo.files()
    assert "large.bin" in run("ls", "ns/files") and revision not in run("info", "ns/files").split("branches")[0]
    run("get", "ns/files")
    run("tag", "ns/files", "v1")
    assert repo.refs["refs/tags/v1"] == repo.commit_at(revision).oid
    address = f"hf://datasets/ns/files@{revision.replace('/', '%2F')}/a.txt"
    assert tideway("hub", "get", address, "--local-dir", "out", env=environment).code == 0
    segment = revision.replace("/", "%2F")
    asked = [one.path for one in hub.requests.of(origin="hub") if one.path.rpartition("/")[2] == segment or
             f"/{segment}/" in one.path]
    assert {path.split("/")[-2] for path in asked if path.endswith(segment)} >= {"revision", "commit", "preupload"}
    assert [one.path for one in hub.requests if f"/{revision}" in one.path] == []


def test_git_clones_what_we_pushed_with_its_pointers_and_attributes(hub, push, tideway):
    push(tag="v1")
    repo = hub.repo("datasets", "ns/numbers")
    repo.private = False
    copy = tideway.folder / "clone"
    subprocess.run(["git", "clone", "-q", f"{hub.endpoint}/datasets/ns/numbers", copy], check=True,
                   env={"PATH": "/usr/bin:/bin", "HOME": str(tideway.folder), "GIT_LFS_SKIP_SMUDGE": "1"})

    def git(*arguments):
        return subprocess.check_output(["git", *arguments], cwd=copy, text=True)

    assert git("fsck", "--strict") == "" and git("rev-parse", "HEAD", "v1").split() == [repo.head.oid] * 2
    path = "data/train-00000-of-00001.parquet"
    data = repo.read(path)
    assert git("cat-file", "-p", f"HEAD:{path}") == (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(data).hexdigest()}\n"
        f"size {len(data)}\n")
    assert git("check-attr", "filter", path, "README.md").splitlines() == [
        f"{path}: filter: lfs", "README.md: filter: unspecified"]
    assert (copy / "README.md").read_bytes() == repo.read("README.md")
