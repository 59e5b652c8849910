"""Several configurations in one repository: pushed as Python's push_to_hub lays them, none at another's expense."""

import pytest
import yaml

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {
  name = "configs",
  params = { dataset = "ns/ours", config = "", set_default = false, first = 1, splits = "train,test", rows = 3 },
  run = function(job)
    local p, parts = job.params, {}
    for split in p.splits:gmatch "[^,]+" do
      local rows = {}
      for i = 1, p.rows do rows[i] = { n = p.first + i - 1, class = ({ "a", "b" })[i % 2 + 1] } end
      parts[split] = tw.dataset.from_rows(rows):encode("class", tw.labels { "a", "b" }, { as = "label" })
        :select { "n", "label" }
    end
    local config = p.config ~= "" and p.config or nil
    local pushed = tw.hub.dataset(p.dataset):push(parts, { config = config, set_default = p.set_default })
    print("changed=" .. tostring(pushed.changed))
  end,
}
"""


@pytest.fixture
def push(tideway, hub):
    (tideway.folder / "configs.lua").write_text(SCRIPT)

    def push(config="", code=0, verb="run", **params):
        given = [word for name, value in {"config": config, **params}.items() for word in ("-p", f"{name}={value}")]
        env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_write"}
        result = tideway(verb, "configs.lua", *(["--fresh"] if verb == "run" else []), *given, env=env)
        assert result.code == code, result.out + result.err
        return result

    return push


def pushed_by_python(pushes):
    """Pushes (repository, config, set_default, first) with the rows of the script above."""
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

    features = Features({"n": Value("int64"), "label": ClassLabel(names=["a", "b"])})
    for name, config, set_default, first in pushes:
        rows = [{"n": first + i - 1, "label": i % 2} for i in range(1, 4)]
        part = Dataset.from_list(rows, features=features)
        DatasetDict({"train": part, "test": part}).push_to_hub(name, config, set_default=set_default)
    return True


def loaded(name, config):
    import datasets

    return {split: rows["n"][:] for split, rows in datasets.load_dataset(name, config).items()}


def facts(repo):
    """The front matter, without what depends on who compressed the files; and the paths of the data files."""
    card = yaml.safe_load(repo.read("README.md").decode().split("---\n")[1])
    infos = card["dataset_info"] if isinstance(card["dataset_info"], list) else [card["dataset_info"]]
    for info in infos:
        assert info.pop("download_size") > 0
    return card, [path for path in repo.files() if path.endswith(".parquet")]


def data_of(repo, config):
    return {path: repo.read(path) for path in repo.files() if path.startswith(config + "/")}


@pytest.mark.parametrize("pushes", [
    [("en", False, 1)],
    [("en", False, 1), ("fr", False, 10)],
    [("default", False, 1), ("en", False, 10)],
    [("zu", False, 1), ("default", False, 10), ("en", False, 20)],
    [("en", True, 1), ("fr", False, 10)],
    [("en", True, 1), ("fr", True, 10)],
    [("en", False, 1), ("fr", False, 10), ("fr", True, 10), ("en", False, 20)],
], ids=lambda pushes: "-".join(name + ("!" if mark else "") for name, mark, _ in pushes))
def test_tree_and_card_are_those_of_pythons_pushes(hub, push, client, pushes):
    for config, mark, first in pushes:
        push(config, set_default=str(mark).lower(), first=first)
    client(pushed_by_python, [("ns/theirs", *one) for one in pushes])
    assert facts(hub.repo("datasets", "ns/ours")) == facts(hub.repo("datasets", "ns/theirs"))


def test_python_loads_each_configuration_and_the_default_without_a_name(push, client):
    push("en", first=1)
    push("fr", first=10, set_default="true")
    assert client(loaded, "ns/ours", "en") == {"train": [1, 2, 3], "test": [1, 2, 3]}
    assert client(loaded, "ns/ours", None) == {"train": [10, 11, 12], "test": [10, 11, 12]}


def test_ours_and_pythons_go_into_one_repository(hub, push, client):
    client(pushed_by_python, [("ns/ours", "en", False, 1)])
    push("fr", first=10)
    client(pushed_by_python, [("ns/ours", "zu", False, 20)])
    for config, first in (("en", 1), ("fr", 10), ("zu", 20)):
        assert client(loaded, "ns/ours", config)["train"] == [first, first + 1, first + 2]


def test_a_push_again_changes_its_configuration_only_and_takes_its_stale_files(hub, push, client):
    push("en")
    push("fr", first=10, splits="train,test,dev")
    push(first=20)
    repo = hub.repo("datasets", "ns/ours")
    repo.commit({"fr/notes.txt": b"mine", "fr/picture-00000-of-00001.png": b"mine"})
    english, default = data_of(repo, "en"), data_of(repo, "data")
    card = repo.read("README.md").decode()
    push("fr", first=30, splits="train")
    assert sorted(data_of(repo, "fr")) == ["fr/dataset_metadata.json", "fr/notes.txt", "fr/picture-00000-of-00001.png",
                                           "fr/train-00000-of-00001.parquet"]
    assert (data_of(repo, "en"), data_of(repo, "data")) == (english, default)
    entry = card[card.index("- config_name: en"):card.index("- config_name: fr")]
    assert entry in repo.read("README.md").decode()
    assert client(loaded, "ns/ours", "fr") == {"train": [30, 31, 32]}
    assert "changed=false" in push("fr", first=30, splits="train").out


def test_files_in_its_folder_that_the_card_gives_to_another_stay(hub, push):
    card = b"---\nconfigs:\n- config_name: other\n  data_dir: en\n  data_files: 'old-*'\n---\n"
    hub.add("datasets", "ns/ours", {"README.md": card, "en/old-00000-of-00001.parquet": b"x",
                                    "en/gone-00000-of-00001.parquet": b"x"})
    push("en")
    assert sorted(path for path in hub.repo("datasets", "ns/ours").files() if path.endswith("parquet")) == [
        "en/old-00000-of-00001.parquet", "en/test-00000-of-00001.parquet", "en/train-00000-of-00001.parquet"]


def test_what_load_dataset_found_by_its_name_is_still_found_beside_a_new_configuration(hub, push, client):
    push(first=20)
    repo = hub.repo("datasets", "ns/ours")
    repo.commit({"README.md": b"# Words\n"})
    push("en")
    assert client(loaded, "ns/ours", "default") == {"train": [20, 21, 22], "test": [20, 21, 22]}
    assert client(loaded, "ns/ours", None) == {"train": [20, 21, 22], "test": [20, 21, 22]}


def test_a_folder_holds_configurations_too(tideway, push, client):
    push("en", dataset="file:out/ours")
    push("fr", dataset="file:out/ours", first=10)
    assert client(loaded, str(tideway.folder / "out" / "ours"), "fr")["train"] == [10, 11, 12]
    assert client(loaded, str(tideway.folder / "out" / "ours"), "en")["train"] == [1, 2, 3]


@pytest.mark.parametrize("name", ["data", "a/b", "..", ".en", "-en", "a..b", "e*", "e[n]", "e n", "é", "n" * 101,
                                  "e\nn"])
def test_a_name_that_is_no_folder_or_no_configuration_is_refused_before_any_call(hub, push, name):
    error = push(name, code=2).err
    assert "not the name of a configuration" in error and "`data` is taken" in error
    assert not hub.requests


def test_the_mark_moves_from_a_lone_configuration_and_stays_with_one_that_is_pushed_again(hub, push):
    push("en")
    push("fr", set_default="true")
    push("fr", first=5)
    configs = facts(hub.repo("datasets", "ns/ours"))[0]["configs"]
    assert [(one["config_name"], one.get("default")) for one in configs] == [("en", None), ("fr", True)]


def test_two_defaults_are_refused_before_a_plan_runs(hub, push):
    push()
    before = hub.repo("datasets", "ns/ours").head.oid
    for verb in ("run", "check"):
        error = push("en", set_default="true", code=1, verb=verb).err
        assert "the configuration `default` is the default of this dataset" in error
    push("en", dataset="ns/other", set_default="true")
    assert "`default` would be a second one" in push(dataset="ns/other", code=1).err
    assert hub.repo("datasets", "ns/ours").head.oid == before


def test_a_check_names_the_configuration(push):
    assert "push ns/ours en" in push("en", verb="check").out
