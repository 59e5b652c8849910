"""Python's own libraries judge what was pushed into a folder: judge_hub.py <verb> <arguments>.

Exits with 0 when they agree, else says what differs.
"""

import copy
import json
import logging
import random
import sys
import tempfile

import yaml

logging.disable(logging.WARNING)


def load(folder, cache=None):
    """What load_dataset gives, with an empty cache unless one is named."""
    import datasets

    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as empty:
        loaded = datasets.load_dataset(folder, cache_dir=cache or empty)
        return {name: (split.features, split.to_list()) for name, split in loaded.items()}


def example_features():
    from datasets import ClassLabel, Features, List, Value

    return Features(
        {
            "id": Value("int64"),
            "text": Value("string"),
            "label": ClassLabel(names=["negative", "neutral", "positive"]),
            "tags": List(Value("string")),
            "meta": {"lang": Value("string"), "score": Value("float32")},
        }
    )


def example_rows(first, count):
    return [
        {
            "id": first + i,
            "text": f"row number {first + i}",
            "label": (first + i) % 3,
            "tags": ["a", "b"][: i % 3],
            "meta": {"lang": "en", "score": i / 2},
        }
        for i in range(count)
    ]


def judge_example(folder, cache=None):
    """The worked example: features, split names and their order, rows."""
    loaded = load(folder, cache)
    wanted = {"train": (0, 8), "validation": (8, 3), "test": (11, 2)}
    assert list(loaded) == list(wanted), list(loaded)
    for split, (first, count) in wanted.items():
        features, rows = loaded[split]
        assert features == example_features(), (split, features)
        assert rows == example_rows(first, count), (split, rows)


def judge_numbers(cache, *wanted):
    """Each folder=train:1,2;test:3 loads as just these splits of one column, n, through one cache."""
    for item in wanted:
        folder, splits = item.split("=")
        loaded = {name: [row["n"] for row in rows] for name, (_, rows) in load(folder, cache).items()}
        parts = dict(part.split(":") for part in splits.split(";"))
        assert loaded == {name: [int(n) for n in values.split(",")] for name, values in parts.items()}, (item, loaded)


# Generated YAML and cards: made by one verb, judged by another, both from one seed.

ATOMS = [
    *" :#-?,[]{}&*!|>'\"%@`\\\t\n\r\x85\u2028\u2029\ufeff"
    "\0\x07\x1b\x7f\xa0éकA\U0001F600\ud7ff\ufffd\uffff_.0189eExbTZ~=<+yYnN",
    "  ", "yes", "null", "true", "0x1F", "1:30", "2020-01-01", "2001-12-14 21:59:43.10 -5", ".inf", "-.nan", "1.",
    "1e5", "1.5e+3", "---", "...", "Health & Social Welfare", "word ", "a: b", " #c", "long" * 10 + " ",
    "Infrastructure, Utilities ",
]


def text(chance):
    return "".join(chance.choice(ATOMS) for _ in range(chance.choice([0, 1, 1, 2, 3, 4, 6, 10, 30, 80])))


def value(chance, depth):
    kind = chance.random()
    if depth > 0 and kind < 0.3:
        return {f"k{i}": value(chance, depth - 1) for i in range(chance.randrange(4))}
    if depth > 0 and kind < 0.5:
        return [value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return chance.choice([0, -5, 10**15, True, False, None]) if kind < 0.55 else text(chance)


def judge_make_yaml(path, count):
    chance = random.Random(1)
    with open(path, "w") as file:
        for _ in range(int(count)):
            file.write(json.dumps({"a": value(chance, 4)}) + "\n")


def judge_written_yaml(path):
    with open(path) as made, open(path + ".written") as written:
        for made_line, written_line in zip(made, written, strict=True):
            wanted = yaml.dump(json.loads(made_line), sort_keys=False, allow_unicode=True)
            assert json.loads(written_line) == wanted, (wanted, json.loads(written_line))


def our_info():
    from datasets import ClassLabel, DatasetInfo, Features, Value
    from datasets.splits import SplitDict, SplitInfo

    names = ["Municipal Governance & Community Services", "Education, Health & Social Welfare", "yes", "a: b"]
    return DatasetInfo(
        features=Features({"grievance": Value("string"), "label": ClassLabel(names=names)}),
        splits=SplitDict({"train": SplitInfo("train", num_bytes=10, num_examples=3)}),
        download_size=5, dataset_size=10,
    )


OUR_NAMES = ["default", "default", "alpha", "new"]
OUR_CONFIG = {"data_files": [{"split": "train", "path": "data/train-*"}]}
VALUES = [
    "x", "yes", "# not a comment", "a: b", "multi\nline text", "'q'", '"d"', "it's", "- dash", "---", "{flow}", "é",
    "long " * 30, "", None, 3, ["a", "b"], {"k": "v", "configs": "nested"}, [], {}, "configs:\n- x", "dataset_info: y",
]


def other_info(chance, name):
    labels = {"class_label": {"names": {"0": "n: x", "1": "it's"}}}
    info = {
        "features": [{"name": "a", "dtype": "string"}, {"name": "l", "dtype": labels}],
        "splits": [{"name": "train", "num_bytes": 1, "num_examples": 2}], "download_size": 1, "dataset_size": 1,
    }
    if name is None:
        return info
    return {"config_name": name, **info} if chance.random() < 0.8 else {**info, "config_name": name}


def other_config(chance, name):
    config = {"config_name": name, "data_files": [{"split": "train", "path": name + "/*"}]}
    if chance.random() < 0.3:
        config["drop_labels"] = True
    return {"data_files": "x/*", "config_name": name} if chance.random() < 0.2 else config


def card_fields(chance):
    fields = {key: chance.choice(VALUES) for key in chance.sample(["license", "language", "tags", "notes"], 2)}
    names = chance.sample(["default", "alpha", "zeta", "beta-1", "it's"], chance.choice([0, 0, 1, 1, 2, 3]))
    if chance.random() < 0.7:
        if len(names) == 1 and chance.random() < 0.7:
            fields["dataset_info"] = other_info(chance, None if names == ["default"] else names[0])
        elif names:
            fields["dataset_info"] = [other_info(chance, name) for name in names]
    if chance.random() < 0.7 and names:
        fields["configs"] = [other_config(chance, name) for name in names]
    keys = list(fields)
    chance.shuffle(keys)
    return {key: fields[key] for key in keys}


def card(chance):
    parts = []
    for key, field in card_fields(chance).items():
        ours = key in ("configs", "dataset_info")
        part = yaml.dump(
            {key: field}, sort_keys=False, allow_unicode=chance.random() < 0.8, width=chance.choice([20, 80, 1000]),
            default_style=None if ours else chance.choice([None, None, '"', "'", "|"]), default_flow_style=False,
            indent=chance.choice([2, 4]),
        )
        if ours and chance.random() < 0.3:
            first, *rest = part.splitlines(keepends=True)
            part = first + "".join("  " + line for line in rest)
        parts.append(("# a comment: here\n" if chance.random() < 0.3 else "") + part)
    body = chance.choice(["", "\n# Title\n\ntext --- more\n---\nconfigs:\n", "text without end", "\r\n"])
    whole = "---\n" + "".join(parts) + "---\n" + body
    if chance.random() < 0.2:
        whole = whole.replace("\r", "").replace("\n", "\r\n")
    return body if chance.random() < 0.1 else whole


def judge_make_cards(path, count):
    chance = random.Random(2)
    info = our_info()._to_yaml_dict()
    with open(path, "w") as file:
        for _ in range(int(count)):
            name = chance.choice(OUR_NAMES)
            file.write(json.dumps({"card": card(chance), "info": info, "config": OUR_CONFIG, "name": name}) + "\n")


def judge_merged_cards(path):
    """Each merged card holds what push_to_hub would make of the old one, and the body as it was."""
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCard

    with open(path) as made, open(path + ".merged") as merged:
        for made_line, merged_line in zip(made, merged, strict=True):
            made, new = json.loads(made_line), json.loads(merged_line)
            old, name = made["card"], made["name"]
            card = DatasetCard(old)
            DatasetInfosDict({name: our_info()}).to_dataset_card_data(card.data)
            MetadataConfigs({name: copy.deepcopy(OUR_CONFIG)}).to_dataset_card_data(card.data)
            assert DatasetCard(new).data.to_dict() == card.data.to_dict(), (old, new)
            assert DatasetCard(new).text == card.text, (old, new)


def judge_features():
    """Prints the JSON and the YAML form of features of every kind, a line each."""
    from datasets import Array2D, Array3D, Audio, ClassLabel, Features, Image, LargeList, List
    from datasets import Translation, Value, Video

    kinds = [Value(name) for name in ("int64", "string", "large_string", "bool", "float16", "timestamp[s]", "null",
                                      "decimal128(10, 2)", "binary", "duration[us]")]
    kinds += [
        ClassLabel(names=["n", "p"]), ClassLabel(num_classes=2), List(Value("int64")), List(Value("int64"), length=3),
        List(List(Value("int64"))), LargeList(Value("string")), List({"x": Value("int64")}),
        List(ClassLabel(names=["a"])),
        {"u": Value("int64"), "v": {"w": List(Value("string"))}}, LargeList({"x": Image()}), Array2D((2, 2), "float32"),
        Array3D((1, 2, 3), "int8"), Image(), Audio(sampling_rate=16000), Video(), Translation(languages=["en", "fr"]),
    ]
    for kind in kinds:
        features = Features({"before": Value("int64"), "column": kind})
        print(json.dumps(features.to_dict()))
        print(json.dumps(features._to_yaml_list()))


def main():
    verbs = {name[6:]: function for name, function in globals().items() if name.startswith("judge_")}
    verbs[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
