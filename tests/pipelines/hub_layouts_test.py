"""Which files of a repository are which split: as Python's load_dataset finds them, for layouts good and hostile."""

import json
import random

import pytest
import yaml

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {
  name = "layouts",
  params = { names = "[]" },
  run = function(job)
    local found = {}
    for _, name in ipairs(tw.json.decode(job.params.names)) do
      local good, configs = pcall(function() return tw.hub.dataset(name):configs() end)
      found[name] = good and configs or { refused = configs.message, kind = configs.kind }
    end
    print(tw.json.encode(found))
  end,
}
"""


def card(text):
    return f"---\n{text.strip()}\n---\n\n# Words\n"


def configs(*entries):
    return card("configs:\n" + "\n".join(entries))


ONE = "- config_name: default\n  data_files: "
TRAIN_TEST = "- config_name: default\n  data_files:\n  - split: train\n    path: {}\n  - split: test\n    path: {}"
SHARDS = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001.parquet"]
CSVS = ["a/train.csv", "a/b/one.csv", "a/b/two.csv", "test.csv", "x[1].csv", ".hidden.csv", "a/.hid/z.csv", "__p/q.csv"]

# name -> (card or None, paths)
LAYOUTS = {
    "shards": (None, SHARDS),
    "shards-more-splits": (None, [*SHARDS, "data/zeta-00000-of-00001.parquet", "data/alpha.b-00000-of-00001.parquet",
                                  "data/validation-00000-of-00001.parquet"]),
    "shards-hash": (None, ["data/train-00000-of-00001-0a1b2c3d.parquet", "data/test-00000-of-00001-ff.parquet"]),
    "shards-bad-split": (None, ["data/a-b-00000-of-00001.parquet"]),
    "shards-two-formats": (None, ["data/train-00000-of-00001.csv", "data/test-00000-of-00001.parquet"]),
    "words-in-files": (None, ["train.csv", "my-dev.csv", "test_1.csv", "test_0.csv", "notes.csv"]),
    "words-in-folders": (None, ["train/b.jsonl", "train/a.jsonl", "x/val-1/c.jsonl", "testing/d.jsonl", "other.jsonl"]),
    "words-twice": (None, ["train-train.csv", "evaluation.csv"]),
    "words-inside-words": (None, ["training_set.csv", "constraint.csv", "valid.csv", "contest.csv", "eval 2.csv"]),
    "words-deep": (None, ["a/b/c/train/1.csv", "a/b/c/test/1.csv", "a/b/c/dev.csv"]),
    "no-words": (None, ["b.csv", "a.csv", "c/d.csv"]),
    "hidden-and-special": (None, CSVS),
    "ignored-names": (None, ["config.json", "dataset_infos.json", "rows.json", "dataset_dict.json", "dummy_data.zip"]),
    "majority": (None, ["a.csv", "b.csv", "c.txt", "d.parquet.bak"]),
    "a-draw": (None, ["a.csv", "b.parquet"]),
    "compressed": (None, ["train.csv.gz", "test.csv.gz"]),
    "capitals": (None, ["a.CSV", "b.csv"]),
    "images": (None, ["train/cat/1.png", "train/dog/2.PNG", "train/metadata.csv"]),
    "tsv-and-csv": (None, ["train.tsv", "test.csv"]),
    "no-data": (None, ["notes.pdx", "script"]),
    "eval-logs": (None, ["logs/a.eval", "train.csv"]),
    "toml-task": (None, ["task.toml", "train.csv"]),
    "text": (configs(ONE + "a.csv"), ["a.csv", "b.csv"]),
    "star": (configs(ONE + '"*.csv"'), CSVS),
    "star-below": (configs(ONE + '"*/*.csv"'), CSVS),
    "two-stars": (configs(ONE + '"**/*.csv"'), CSVS),
    "two-stars-end": (configs(ONE + '"a/**"'), CSVS),
    "two-stars-middle": (configs(ONE + '"a/**/o*.csv"'), CSVS),
    "stars-in-a-part": (configs(ONE + '"**.csv"'), CSVS),
    "hidden-by-name": (configs(ONE + '[".hidden.csv", "a/.hid/*", "__p/*.csv"]'), CSVS),
    "hidden-by-star": (configs(ONE + '[".*", "a/.*/*", "_*/*"]'), CSVS),
    "set": (configs(ONE + '"a/b/[a-o]*.csv"'), CSVS),
    "set-negated": (configs(ONE + '"a/b/[!o]*.csv"'), CSVS),
    "set-over-a-slash": (configs(ONE + '"a[!b]train.csv"'), CSVS),
    "set-unclosed": (configs(ONE + '["x[1].csv", "test.csv"]'), [*CSVS, "x1.csv"]),
    "set-odd": (configs(ONE + '"[]a-]*[z-a]?.csv"'), ["a1.csv", "]b2.csv", "-c.csv", "ab.csv"]),
    "set-hyphens": (configs(ONE + '"[--0a-]?[^x].csv"'), ["-b1.csv", "0b^.csv", "ab1.csv", ".b1.csv", "bb1.csv"]),
    "question-mark": (configs(ONE + '"t?st.csv"'), ["test.csv", "tést.csv", "t/st.csv", "tst.csv"]),
    "braces": (configs(ONE + '"{a,b}.csv"'), ["a.csv", "b.csv", "{a,b}.csv"]),
    "unordered": (configs(ONE + "[b.csv, a.csv, b.csv]"), ["a.csv", "b.csv"]),
    "ignored-by-name": (configs(ONE + "config.json"), ["config.json", "rows.json"]),
    "a-folder": (configs(ONE + "a"), ["a/b.csv"]),
    "a-folder-slash": (configs(ONE + "a/"), ["a/b.csv"]),
    "a-star-slash": (configs(ONE + '["a/*/", "t.csv"]'), ["a/b/c.csv", "t.csv"]),
    "splits": (configs(TRAIN_TEST.format('"a/**"', "[test.csv, x.csv]")), [*CSVS, "x.csv"]),
    "missing-name": (configs(TRAIN_TEST.format("a/train.csv", "none.csv")), CSVS),
    "missing-pattern": (configs(TRAIN_TEST.format("a/train.csv", '"none*"')), CSVS),
    "missing-all": (configs(ONE + '"none*"'), CSVS),
    "missing-in-the-second": (configs(ONE + "test.csv", "- config_name: b\n  data_files: none.csv"), CSVS),
    "empty-pattern-in-the-second": (
        configs(ONE + "test.csv", "- config_name: b\n  data_files:\n  - {split: train, path: 'no*'}"), CSVS),
    "split-twice": (configs(TRAIN_TEST.format("a.csv", "b.csv").replace("test", "train")), ["a.csv", "b.csv"]),
    "split-twice-in-the-second": (
        configs(ONE + "a.csv", "- config_name: b\n  data_files: [{split: x, path: a.csv}, {split: x, path: a.csv}]"),
        ["a.csv"]),
    "split-odd": (configs(TRAIN_TEST.format("a.csv", "b.csv").replace("test", "te-st")), ["a.csv", "b.csv"]),
    "split-number": (configs(TRAIN_TEST.format("a.csv", "b.csv").replace("test", "2020")), ["a.csv", "b.csv"]),
    "split-letters": (configs(TRAIN_TEST.format("a.csv", "b.csv").replace("test", "té.x")), ["a.csv", "b.csv"]),
    "split-and-text": (configs(ONE + "[{split: train, path: a.csv}, b.csv]"), ["a.csv", "b.csv"]),
    "split-with-more": (configs(ONE + "[{split: train, path: a.csv, x: 1}]"), ["a.csv"]),
    "path-number": (configs(ONE + "[{split: train, path: 1}]"), ["a.csv"]),
    "paths-of-numbers": (configs(ONE + "[1]"), ["a.csv"]),
    "files-mapping": (configs(ONE + "{train: a.csv}"), ["a.csv"]),
    "files-null": (configs(ONE + "null"), ["a.csv"]),
    "files-empty": (configs(ONE + "[]"), ["a.csv"]),
    "configs-no-list": (card("configs:\n  config_name: default\n  data_files: a.csv"), ["a.csv"]),
    "configs-text": (card("configs: words"), ["a.csv"]),
    "configs-null": (card("configs:"), ["a.csv", "test.csv"]),
    "configs-of-text": (card("configs: [a, b]"), ["a.csv"]),
    "no-name": (card("configs:\n- data_files: a.csv"), ["a.csv"]),
    "name-number": (card("configs:\n- config_name: 1\n  data_files: a.csv"), ["a.csv"]),
    "name-no": (card("configs:\n- config_name: no\n  data_files: a.csv"), ["a.csv"]),
    "name-slash": (card("configs:\n- config_name: a/b\n  data_files: a.csv"), ["a.csv"]),
    "name-twice": (configs(ONE + "a.csv", ONE + "b.csv"), ["a.csv", "b.csv"]),
    "languages": (configs("- config_name: en\n  data_files: en/*.csv", "- config_name: fr\n  data_files: fr/*.csv"),
                  ["en/a.csv", "fr/a.csv"]),
    "languages-default": (
        configs("- config_name: en\n  data_files: en/*.csv",
                "- config_name: fr\n  data_files: fr/*.csv\n  default: true"),
        ["en/a.csv", "fr/a.csv"]),
    "two-defaults": (
        configs("- config_name: en\n  data_files: en/*.csv\n  default: true",
                "- config_name: fr\n  data_files: fr/*.csv\n  default: true"), ["en/a.csv", "fr/a.csv"]),
    "default-and-default": (
        configs(ONE + "en/*.csv", "- config_name: fr\n  data_files: fr/*.csv\n  default: yes"),
        ["en/a.csv", "fr/a.csv"]),
    "folders": (configs("- config_name: en\n  data_dir: en", "- config_name: fr\n  data_dir: fr/"),
                ["en/train.csv", "en/test.csv", "fr/data/train-00000-of-00001.csv"]),
    "folder-and-files": (
        configs("- config_name: a\n  data_files: x.csv", "- config_name: en\n  data_dir: en\n  data_files: '*'"),
        ["x.csv", "en/train.csv", "en/x.csv"]),
    "folder-empty": (configs("- config_name: en\n  data_dir: en", "- config_name: fr\n  data_dir: fr"),
                     ["en/train.csv"]),
    "folder-number": (configs("- config_name: en\n  data_dir: 5"), ["en/train.csv"]),
    "broken-yaml": (card("configs: [\n- x"), ["a.csv"]),
    "key-twice": (card("configs:\n- config_name: a\n  data_files: a.csv\nconfigs:\n"), ["a.csv"]),
    "a-list-card": (card("- a\n- b"), ["a.csv"]),
    "anchors": (card("x: &files\n  data_files: a.csv\nconfigs:\n- <<: *files\n  config_name: a\n- config_name: b\n"
                     "  data_files: &p [b.csv]\n- {config_name: c, data_files: *p}"), ["a.csv", "b.csv"]),
    "flow-and-folded": (card('configs: [{config_name: "é", data_files: [{split: tr, path: >-\n  a\n  b.csv\n}]}]'),
                        ["a b.csv"]),
    "block-text": (card("configs:\n- config_name: a\n  data_files: >-\n    a\n    b.csv"), ["a b.csv"]),
    "no-front-matter": ("# Words\n\nconfigs: no\n", ["a.csv"]),
    "windows-lines": (configs(ONE + "a.csv").replace("\n", "\r\n"), ["a.csv", "b.csv"]),
    "extra-card": (configs(ONE + "a.csv"), ["a.csv", "b.csv", ".huggingface.yaml"]),
}


def pythons(names):
    """What load_dataset goes by: files by configuration and split, null where they cannot be told; or the refusal."""
    from datasets.load import dataset_module_factory

    def splits_of(config, base):
        try:
            config._resolve_data_files(base_path=base, download_config=None)
        except Exception:
            return None
        return [{"name": str(split), "files": [path.split("/", 5)[5] for path in paths]}
                for split, paths in config.data_files.items()]

    def tried(name):
        try:
            module = dataset_module_factory(name)
        except Exception as error:
            return repr(error)[:200]
        found = module.builder_configs_parameters
        default = found.default_config_name or "default"
        base = module.builder_kwargs["base_path"]
        return [{"name": one.name, "default": one.name == default, "splits": splits_of(one, base)}
                for one in found.builder_configs]

    return {name: tried(name) for name in names}


def plain(config):
    """Lua has one empty table."""
    splits = [{"name": split["name"], "files": split["files"] or []} for split in config["splits"]]
    return {**{key: config[key] for key in ("name", "default")}, "splits": None if "problem" in config else splits}


def test_files_splits_and_configs_are_pythons_or_both_refuse(tideway, hub, client):
    for name, (readme, paths) in LAYOUTS.items():
        files = {path: b"{}" for path in paths}
        if readme is not None:
            files["README.md"] = readme.encode()
        if ".huggingface.yaml" in files:
            files[".huggingface.yaml"] = b"configs:\n- config_name: other\n  data_files: b.csv\n"
        hub.add("datasets", f"ns/{name}", files)
    names = [f"ns/{name}" for name in LAYOUTS]
    (tideway.folder / "layouts.lua").write_text(SCRIPT)
    result = tideway("run", "layouts.lua", "-p", f"names={json.dumps(names)}",
                     env={"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "ours", "HF_TOKEN": "hf_read"})
    assert result.code == 0, result.err
    ours, theirs = json.loads(result.out.splitlines()[0]), client(pythons, names)
    differing, refused = {}, 0
    for name in names:
        wanted, got = theirs[name], ours[name]
        if isinstance(wanted, str) or isinstance(got, dict):
            refused += 1
            same = isinstance(wanted, str) and isinstance(got, dict) and got["kind"] in ("data", "usage")
        else:
            same = [plain(one) for one in got] == wanted
        if not same:
            differing[name] = {"python": wanted, "ours": ours[name]}
    assert not differing, json.dumps(differing, indent=1)
    assert refused >= 20 and len(names) - refused >= 40


PIECES = ["a", "b", "1", "-", "é", "*", "*", "?", "**", "/", "/", "[", "]", "!", "^", "[ab]", "[!a]", "[a-b1]",
          "[b-a]", "[]-]", "[!]a]", "[--b]", "[a-]", "[^a]", ".csv", "*.csv", "**/", "\\", "{a,b}"]


def made_patterns(count):
    chance = random.Random(3)
    while count:
        pattern = "".join(chance.choice(PIECES) for _ in range(chance.randrange(1, 7)))
        # What leaves the repository, and what local and remote file systems take differently, is judged above.
        if not pattern.startswith("/") and not pattern.endswith("/") and "//" not in pattern and "*" in pattern:
            count -= 1
            yield pattern


def found_in(tideway, patterns):
    """The files of the folder `files` that each pattern finds, or None where it is refused."""
    entries = [{"config_name": "all", "data_files": "**"}]
    entries += [{"config_name": str(number), "data_files": pattern} for number, pattern in enumerate(patterns)]
    card = yaml.dump({"configs": entries}, allow_unicode=True)
    (tideway.folder / "files" / "README.md").write_text(f"---\n{card}---\n")
    (tideway.folder / "layouts.lua").write_text(SCRIPT)
    result = tideway("run", "layouts.lua", "-p", 'names=["file:files"]')
    assert result.code == 0, result.err
    return [None if "problem" in config else config["splits"][0]["files"] or []
            for config in json.loads(result.out.splitlines()[0])["file:files"][1:]]


def resolved(folder, patterns):
    """What Python's datasets finds for each: paths, or null where it refuses."""
    import re

    from datasets.data_files import resolve_pattern

    def found(pattern):
        try:
            return [path[len(folder) + 1:] for path in resolve_pattern(pattern, folder, allowed_extensions=[".csv"])]
        except FileNotFoundError:
            return []
        except (ValueError, re.error, IndexError):
            return None

    return [found(pattern) for pattern in patterns]


def test_patterns_made_at_random_find_the_files_that_python_finds(tideway, client):
    chance, patterns = random.Random(4), list(made_patterns(2000))
    folder = tideway.folder / "files"
    for _ in range(150):
        parts = ["".join(chance.choice("ab-^!]1é") for _ in range(chance.randrange(1, 4)))
                 for _ in range(chance.choice([1, 1, 2, 3]))]
        path = folder.joinpath(*parts).with_name(parts[-1] + ".csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    ours = found_in(tideway, patterns)
    theirs = client(resolved, str(folder), patterns)
    differing = [one for one in zip(patterns, theirs, ours) if one[1] != one[2]]
    assert not differing, (len(differing), differing[:5])
    assert sum(bool(files) for files in ours) > 200 and None in ours


def extensions():
    from datasets.packaged_modules import _ALL_ALLOWED_EXTENSIONS

    return sorted(_ALL_ALLOWED_EXTENSIONS)


def test_the_extensions_of_data_are_pythons_in_any_case_of_letters(tideway, client):
    known = client(extensions)
    tried = sorted({*known, *map(str.upper, known), *map(str.title, known), ".x", ".gz", ".py", ".yaml", ".", ".csvx"})
    folder = tideway.folder / "files"
    folder.mkdir()
    for name in tried:
        (folder / f"x{name}").write_text("{}")
    ours = found_in(tideway, [f"*[x]{name}" for name in tried])
    assert ours == [[f"x{name}"] if name in known else [] for name in tried]
