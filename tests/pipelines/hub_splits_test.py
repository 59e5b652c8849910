"""repo:read: the rows of a split as Python's load_dataset gives them, from the Hub, its cache and folders."""

import io
import json
import re
import threading

import polars
import pyarrow
import pyarrow.ipc
import pyarrow.parquet
import pytest
from fakes.hub import Do

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {
  name = "splits",
  params = { dataset = "ns/rows" },
  run = function(job)
    local repo = tw.hub.dataset(job.params.dataset)
    %s
  end,
}
"""


@pytest.fixture
def run(tideway, hub):
    def run(body, *options, code=0, verb="run", dataset="ns/rows", **env):
        (tideway.folder / "splits.lua").write_text(SCRIPT % body)
        env = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_write", **env}
        fresh = ["--fresh"] if verb == "run" else []
        result = tideway(verb, "splits.lua", *fresh, "-p", f"dataset={dataset}", *options, env=env)
        assert result.code == code, result.out + result.err
        return result

    return run


@pytest.fixture
def read(run, tideway):
    """The rows that repo:read(arguments) gives."""

    def read(arguments="", **options):
        run(f'repo:read({arguments}):write_jsonl "out.jsonl"', **options)
        return [json.loads(line) for line in (tideway.folder / "out.jsonl").read_text().splitlines()]

    return read


def parquet(rows, **options):
    out = io.BytesIO()
    polars.DataFrame(rows).write_parquet(out, **options)
    return out.getvalue()


def arrow(rows):
    out = io.BytesIO()
    table = pyarrow.table(rows)
    with pyarrow.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


FORMATS = {
    "csv": (b"n,t\n1,a\n2,\"b,c\"\n", b"n,t\n3,d\n"),
    "tsv": (b"n\tt\n1\ta\n2\tb,c\n", b"n\tt\n3\td\n"),
    "jsonl": (b'{"n": 1, "t": "a"}\n{"n": 2, "t": "b,c"}\n', b'{"n": 3, "t": "d"}\n'),
    "json": (b'{"n": 1, "t": "a"}\n{"n": 2, "t": "b,c"}\n', b'{"n": 3, "t": "d"}\n'),
    "txt": (b"one\ntwo\n", b"three\n"),
    "parquet": (parquet({"n": [1, 2], "t": ["a", "b,c"]}), parquet({"n": [3], "t": ["d"]})),
    "arrow": (arrow({"n": [1, 2], "t": ["a", "b,c"]}), arrow({"n": [3], "t": ["d"]})),
}


def loaded(name, config, split):
    import datasets

    return datasets.load_dataset(name, config, split=split).to_list()


@pytest.mark.parametrize("format", FORMATS)
def test_rows_of_every_format_are_those_that_python_loads(hub, read, client, format):
    first, second = FORMATS[format]
    hub.add("datasets", "ns/rows", {f"b-train.{format}": second, f"a-train.{format}": first, f"test.{format}": second})
    for split, rows in (("train", 3), ("test", 1)):
        ours = read(f'"{split}"')
        assert len(ours) == rows
        assert ours == client(loaded, "ns/rows", None, split)


def test_the_only_split_and_the_default_configuration_need_no_name(hub, read):
    hub.add("datasets", "ns/rows", {"a.csv": b"n\n1\n"})
    assert read() == [{"n": 1}]
    card = "---\nconfigs:\n- config_name: en\n  data_files: en.csv\n- config_name: fr\n  data_files: fr.csv\n%s---\n"
    repo = hub.add("datasets", "ns/rows", {"README.md": (card % "  default: true\n").encode(), "en.csv": b"n\n1\n",
                                           "fr.csv": b"n\n2\n"})
    assert read() == [{"n": 2}]
    assert read('nil, { config = "en" }') == [{"n": 1}]
    repo.commit({"README.md": (card % "").encode()})
    assert read('"train", { config = "fr" }') == [{"n": 2}]


@pytest.mark.parametrize("arguments, code, words", [
    ("", 2, "which split? there are train, test"),
    ('"dev"', 1, "no split `dev`: there are train, test"),
    ('"train", { config = "xx" }', 1, "no configuration `xx`: there are default"),
    ('"train", { revision = "v9" }', 1, "v9"),
    ('"train", { split = "x" }', 2, "unknown option `split`"),
    ('"train", { parquet = true }', 1, "refs/convert/parquet"),
    ("1, {}", 2, "argument"),
])
def test_what_is_not_there_or_not_named_is_told(hub, run, arguments, code, words):
    hub.add("datasets", "ns/rows", {"train.csv": b"n\n1\n", "test.csv": b"n\n2\n"})
    assert words in run(f"repo:read({arguments})", code=code).err


def test_several_configurations_without_a_default_are_listed(hub, run):
    card = b"---\nconfigs:\n- config_name: en\n  data_files: a.csv\n- config_name: fr\n  data_files: a.csv\n---\n"
    hub.add("datasets", "ns/rows", {"README.md": card, "a.csv": b"n\n1\n"})
    error = run("repo:read()", code=2).err
    assert "ns/rows: hub: which configuration? there are en, fr" in error
    assert "error.lua" not in error


@pytest.mark.parametrize("entry, words", [
    ("data_files: a.png", "files of .png are not read here: a.png"),
    ("data_files: [a.csv, b.txt, c.csv]", "files of .txt are not read here: b.txt"),
    ("data_files: a.zip", "files of .zip are not read here: a.zip"),
    ("data_files: a.csv\n  header: 0", "the parameter `header` of its files is not read here: 0"),
    ("data_files: a.csv\n  sep: ab", "sep is not one byte"),
    ("data_files: 'a*.csv'\n  sep: [1]", "sep is not one byte"),
    ("data_files: x?.csv", "a file has `*` or `?` in its name: x?.csv"),
])
def test_what_is_read_otherwise_in_python_is_refused_and_named(hub, run, entry, words):
    card = f"---\nconfigs:\n- config_name: default\n  {entry}\n---\n".encode()
    names = ("a.png", "a.csv", "c.csv", "b.txt", "a.zip", "x?.csv")
    hub.add("datasets", "ns/rows", {"README.md": card, **{name: b"n\n1\n" for name in names}})
    assert words in run("repo:read()", code=1).err


def test_the_separator_of_the_card_is_used(hub, read, client):
    card = b"---\nconfigs:\n- config_name: default\n  data_files: a.csv\n  sep: ';'\n---\n"
    hub.add("datasets", "ns/rows", {"README.md": card, "a.csv": b"n;m\n1;2\n"})
    assert read() == [{"n": 1, "m": 2}] == client(loaded, "ns/rows", None, "train")


def test_a_revision_is_read_as_it_was_and_all_of_one_commit(hub, read, run, tideway):
    repo = hub.add("datasets", "ns/rows", {"train.csv": b"n\n1\n"})
    old = repo.head.oid
    repo.refs["refs/tags/v1"] = old
    repo.commit({"train.csv": b"n\n2\n", "test.csv": b"n\n3\n"})
    assert read('"train"') == [{"n": 2}]
    inputs = [one["uri"] for one in tideway.receipts()[-1]["inputs"]]
    assert inputs == [f"hf://datasets/ns/rows@{repo.head.oid}/train.csv"]
    assert read('nil, { revision = "v1" }') == [{"n": 1}]
    assert read(f'nil, {{ revision = "{old}" }}') == [{"n": 1}]


def test_offline_the_cache_is_read_without_a_request(hub, read):
    hub.add("datasets", "ns/rows", {"README.md": b"# Words\n", "train.csv": b"n\n1\n", "test.csv": b"n\n2\n"})
    assert read('"train"') == [{"n": 1}]
    hub.requests.clear()
    assert read('"train"', HF_HUB_OFFLINE="1") == [{"n": 1}]
    assert not hub.requests


def test_offline_what_is_not_in_the_cache_is_an_error(hub, run):
    hub.add("datasets", "ns/rows", {"train.csv": b"n\n1\n"})
    assert "offline" in run("repo:read()", code=1, HF_HUB_OFFLINE="1").err


def test_of_parquet_only_the_columns_asked_for_are_fetched(hub, run, tideway):
    rows = {"id": range(3000), "text": [str(number) * 300 for number in range(3000)]}
    data = parquet(rows, compression="uncompressed")
    hub.add("datasets", "ns/rows", {"data/train-00000-of-00001.parquet": data})
    run('repo:read("train", { columns = { "id" } }):write_jsonl "out.jsonl"')
    assert json.loads((tideway.folder / "out.jsonl").read_text().splitlines()[-1]) == {"id": 2999}
    ranges = [re.fullmatch(r"bytes=(\d+)-(\d+)", one.headers.get("range", ""))
              for one in hub.requests.of("GET", origin="cdn")]
    assert 0 < sum(int(one[2]) - int(one[1]) for one in ranges) < len(data) / 5


def test_files_come_side_by_side_and_their_rows_in_order(hub, read):
    hub.add("datasets", "ns/rows", {f"train-{number:02}.csv": f"n\n{number}\n".encode() for number in range(20)})
    both = threading.Barrier(2)
    hub.fault("GET", "/resolve/", call=(1, 2), action=Do(lambda request: both.wait(timeout=30)))
    assert [row["n"] for row in read()] == list(range(20))
    assert not both.broken


def test_other_tasks_go_on_while_the_repository_is_asked(hub, run):
    hub.add("datasets", "ns/rows", {"train.csv": b"n\n1\n"})
    asked, waited = threading.Event(), []
    hub.fault("GET", "/revision/", action=Do(lambda request: waited.append(asked.wait(30))))
    hub.fault("GET", "/refs", action=Do(lambda request: asked.set()))
    run('tw.each({ 1, 2 }, function(number)\n'
        f'  if number == 1 then repo:read() else tw.http.get "{hub.endpoint}/api/datasets/ns/rows/refs" end\nend)')
    assert waited == [True]


def test_columns_of_other_formats_are_chosen_and_a_wrong_name_is_refused(hub, read, run):
    hub.add("datasets", "ns/rows", {"train.csv": b"n,t\n1,a\n"})
    assert read('nil, { columns = { "t" } }') == [{"t": "a"}]
    assert "`x`" in run('repo:read(nil, { columns = { "x" } }):write_jsonl "o.jsonl"', code=2).err


LABELS = """---
dataset_info:
  features:
  - name: number
    dtype:
      class_label:
        names:
          '0': bad
          '1': good
  - name: word
    dtype:
      class_label:
        names: {'0': no, '1': yes, '2': maybe}
---
"""


def test_class_labels_of_the_card_come_with_columns_that_do_not_carry_them(hub, run, tideway):
    card = LABELS.replace("no,", "'no',").replace("yes,", "'yes',").encode()
    hub.add("datasets", "ns/rows", {"README.md": card, "train.csv": b"number,word\n1,maybe\n0,no\n"})
    run('repo:read():write_parquet "out.parquet"')
    table = pyarrow.parquet.read_table(tideway.folder / "out.parquet")
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert features["number"]["names"] == ["bad", "good"] and features["word"]["names"] == ["no", "yes", "maybe"]
    assert table.to_pydict() == {"number": [1, 0], "word": [2, 0]}


def test_a_text_that_is_none_of_the_cards_labels_is_an_error(hub, run):
    card = LABELS.replace("no,", "'no',").replace("yes,", "'yes',").encode()
    hub.add("datasets", "ns/rows", {"README.md": card, "train.csv": b"number,word\n1,other\n"})
    assert "unknown label: `other`" in run('repo:read():count()\nrepo:read():write_parquet "o.parquet"', code=1).err


def convert(hub, repo, files):
    stored = {path: repo.store(path, data) for path, data in files.items()}
    repo.add_commit("refs/convert/parquet", stored, "convert", parents=())


def test_what_is_not_read_here_comes_from_the_hubs_conversion(hub, read, run):
    repo = hub.add("datasets", "ns/rows", {"train/a.png": b"x", "test/b.png": b"y"})
    assert "files of .png are not read here" in run('repo:read("train")', code=1).err
    convert(hub, repo, {
        "default/train/0000.parquet": parquet({"n": [1]}), "default/train/0001.parquet": parquet({"n": [2]}),
        "default/partial-test/0000.parquet": parquet({"n": [3]}), "README.md": b"x",
    })
    assert read('"train"') == [{"n": 1}, {"n": 2}]
    assert "converted only a part of test of default" in run('repo:read("test"):count()').err
    assert "no split `dev`" in run('repo:read("dev", { parquet = true })', code=1).err
    assert "files of .png" in run('repo:read("train", { revision = "main" })', code=1).err


def test_a_repository_with_parquet_is_not_read_from_its_conversion_unless_asked(hub, read):
    repo = hub.add("datasets", "ns/rows", {"train.parquet": parquet({"n": [1]})})
    convert(hub, repo, {"default/train/0000.parquet": parquet({"n": [2]})})
    assert read() == [{"n": 1}]
    assert read("nil, { parquet = true }") == [{"n": 2}]


PUSH = """
repo:push({ train = tw.dataset.from_rows { { n = %d } }, test = tw.dataset.from_rows { { n = 9 } } }, { tag = "%s" })
"""


@pytest.mark.parametrize("dataset", ["ns/rows", "file:out/ro[w]s"])
def test_what_was_pushed_is_read_back_and_so_is_its_tag(run, read, dataset):
    run(PUSH % (1, "v1"), dataset=dataset)
    run(PUSH % (2, "v2"), dataset=dataset)
    assert read('"train"', dataset=dataset) == [{"n": 2}]
    assert read('"train", { revision = "v1" }', dataset=dataset) == [{"n": 1}]
    listed = run("print(tw.json.encode(repo:configs('v1')))", dataset=dataset).out
    assert json.loads(listed.splitlines()[0]) == [{"name": "default", "default": True, "splits": [
        {"name": split, "files": [f"data/{split}-00000-of-00001.parquet"]} for split in ("train", "test")]}]


def test_a_folder_that_nobody_pushed_to_is_read_as_python_reads_it(tideway, read, run):
    folder = tideway.folder / "plain"
    folder.mkdir()
    (folder / "train_1.csv").write_text("n\n1\n")
    (folder / "dev.csv").write_text("n\n2\n")
    assert read('"validation"', dataset="file:plain") == [{"n": 2}]
    assert "nothing is in file:none" in run("repo:read()", dataset="file:none", code=1).err


def test_a_check_reads_the_columns_and_runs_nothing(hub, run):
    hub.add("datasets", "ns/rows", {"train.csv": b"n\n1\n"})
    out = run('repo:read():write_jsonl "out.jsonl"', verb="check").out
    assert "read.csv" in out
