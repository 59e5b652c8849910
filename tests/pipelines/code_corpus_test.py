"""scripts/code_corpus.lua: from a folder of files to a corpus, stage by stage."""

import json
import random
import signal
import time

import pyarrow.parquet
import pytest
import tokenizers
from conftest import ROOT

SCRIPT = ROOT / "scripts" / "code_corpus.lua"
FUNCTION = "def total(values):\n    result = 7\n    for value in values:\n        result += value\n    return result\n"


def program(seed):
    """A Python file of its own words."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(60)]
    one, other, third = ([chance.choice(words) for _ in range(40)] for _ in range(3))
    lines = [f"{one[i]}_{i} = {other[i]}({chance.randrange(1000)}, '{third[i]}')" for i in range(40)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def sources(tideway):
    """Files of which each gives some stage something to do."""
    files = {
        "plain.py": program(1),
        "near.py": program(1).replace("\n", "\n# seen\n", 1) + "\n" * 9,
        "other.py": program(2),
        "again/other.py": program(2),
        "latin.py": "name = 'Zürich ist größer'  # für später, schön\n".encode("latin-1") + FUNCTION.encode(),
        "binary.py": bytes(range(256)) * 9,
        "long.js": "var x = [" + "1234567, " * 4000 + "];\n",
        "mail.cpp": '// ask anna.keller@wunderbar.org first\nint f(int a) { return a + 1; }\n\n\n\n\n\nint g();   \n',
        "empty.go": "",
        "node_modules/left/pad.js": program(3),
        "notes.unknown": "nothing\n",
    }
    for index in range(30):
        files[f"many/{index:02}.py"] = program(100 + index)
    folder = tideway.folder / "sources"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.fixture
def tokenizer(tideway):
    """A small byte-level BPE, trained here."""
    made = tokenizers.ByteLevelBPETokenizer()
    made.train_from_iterator([program(seed) for seed in range(20)], vocab_size=600)
    made.save(str(tideway.folder / "tokenizer.json"))
    return made


def words(to, **params):
    given = {"from": "sources", "to": to, "tokenizer": "tokenizer.json", **params}
    return ["run", SCRIPT, "-q", *(part for name, value in given.items() for part in ("-p", f"{name}={value}"))]


def corpus(tideway, to):
    return pyarrow.parquet.read_table(sorted((tideway.folder / to / "corpus").glob("*.parquet"))).to_pylist()


def told(tideway, to, name):
    return json.loads((tideway.folder / to / name).read_text())


def everything(folder):
    """All that a run wrote, but for the stages between."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and "stages" not in path.parts}


def test_each_stage_does_its_part_and_tells(tideway, sources, tokenizer):
    done = tideway(*words("out"))
    assert done.code == 0, done.err
    rows = {row["path"]: row for row in corpus(tideway, "out")}
    kept = {"latin.py", "mail.cpp", *(f"many/{index:02}.py" for index in range(30))}
    assert kept < set(rows) and len(rows) == len(kept) + 2
    assert len({"plain.py", "near.py"} & set(rows)) == 1
    assert len({"other.py", "again/other.py"} & set(rows)) == 1
    assert rows["latin.py"]["content"].startswith("name = 'Zürich ist größer'  # für später, schön\n")
    assert rows["mail.cpp"]["content"] == "// ask <EMAIL> first\nint f(int a) { return a + 1; }\n\n\nint g();\n"
    assert rows["mail.cpp"]["language"] == "C++"
    for row in rows.values():
        assert row["ids"] == tokenizer.encode(row["content"]).ids
        assert row["tokens"] == len(row["ids"])

    manifest = told(tideway, "out", "ingest_manifest.json")
    assert manifest["files"] == 41 and manifest["languages"]["Python"]["files"] == 36
    assert manifest["left_out"] == {"too_small": 1, "too_large": 0, "by_path": 2}
    results = told(tideway, "out", "preprocessing_results.json")
    stages = results["stages"]
    assert results["complete"]
    assert stages["encoding_fix"]["no_text"] == {"binary": {"count": 1, "rate": 1 / manifest["taken"]}}
    assert sum(one["count"] for one in stages["encoding_fix"]["encodings"].values()) == manifest["taken"] - 1
    long = {"count": 1, "rate": 1 / 37}
    assert stages["malformed_cleaning"]["broken"] == {"long_line": long, "long_mean_line": long}
    copies = {"count": 1, "rate": 1 / 36}
    assert stages["deduplication"] == {"removed": {"exact": copies, "near": copies}, "rows_in": 36, "rows_out": 34}
    assert stages["pii_removal"]["found"] == {"email": {"count": 1, "rate": 1 / 34}}
    assert stages["tokenization"]["tokens"] == sum(row["tokens"] for row in rows.values())
    [found] = [json.loads(line) for line in (tideway.folder / "out" / "pii.jsonl").read_text().splitlines()]
    assert (found["file"], found["kind"]) == ("mail.cpp", "email")
    duplicates = pyarrow.parquet.read_table(tideway.folder / "out" / "duplicates.parquet").to_pylist()
    assert {row["witness"] for row in duplicates} <= set(rows) and len(duplicates) == 2
    assert min(row["similarity"] for row in duplicates) >= 0.85
    for name, content in everything(tideway.folder / "out").items():
        assert b"anna.keller" not in content, name
    assert "://" not in (tideway.folder / "out" / "statistics.html").read_text().replace("http://www.w3.org", "")


@pytest.mark.parametrize("stage", ["encoding_fix", "malformed_cleaning", "whitespace_cleanup", "deduplication",
                                   "pii_removal", "tokenization"])
def test_a_stage_that_is_switched_off_does_nothing(tideway, sources, tokenizer, stage):
    (sources / "latin.py").unlink()  # bytes that are no UTF-8 need the first stage
    (sources / "binary.py").unlink()
    done = tideway(*words("out", **{stage: "false"}))
    assert done.code == 0, done.err
    stages = told(tideway, "out", "preprocessing_results.json")["stages"]
    assert stage not in stages and len(stages) == 5
    rows = {row["path"]: row for row in corpus(tideway, "out")}
    if stage == "deduplication":
        assert {"plain.py", "near.py", "other.py", "again/other.py"} < set(rows)
    if stage == "pii_removal":
        assert "anna.keller@wunderbar.org" in rows["mail.cpp"]["content"]
    if stage == "tokenization":
        assert "ids" not in rows["mail.cpp"]
    if stage == "malformed_cleaning":
        assert "long.js" in rows


def test_the_number_of_workers_changes_no_byte(tideway, sources, tokenizer):
    made = []
    for workers in (1, 2, 8):
        done = tideway(*words(f"out{workers}"), "--workers", workers)
        assert done.code == 0, done.err
        made.append(everything(tideway.folder / f"out{workers}"))
    assert made[0] == made[1] == made[2]


def test_a_killed_run_ends_as_one_that_was_not(tideway, sources, tokenizer):
    assert tideway(*words("whole")).code == 0
    chance = random.Random(3)
    started = time.monotonic()
    assert tideway(*words("timed")).code == 0
    seconds = time.monotonic() - started
    for _ in range(8):
        process = tideway.start(*words("out"))
        try:
            process.communicate(timeout=chance.uniform(0, seconds))
        except Exception:
            process.send_signal(signal.SIGKILL)
            process.communicate()
    assert tideway(*words("out")).code == 0
    assert everything(tideway.folder / "out") == everything(tideway.folder / "whole")


def test_no_tokenizer_is_an_error_before_anything_is_done(tideway, sources):
    done = tideway("run", SCRIPT, "-p", "from=sources", "-p", "to=out")
    assert done.code == 2 and "no tokenizer is named" in done.err and "-p tokenization=false" in done.err
    assert not (tideway.folder / "out").exists()


def test_a_witness_is_a_file_that_stays_though_the_first_copy_goes_for_another(tideway, sources, tokenizer):
    text = program(7)
    (sources / "a.py").write_text(text)
    (sources / "b.py").write_text(text)
    (sources / "longer.py").write_text(text + "# the longest stays\n")
    assert tideway(*words("out")).code == 0
    paths = {row["path"] for row in corpus(tideway, "out")}
    duplicates = pyarrow.parquet.read_table(tideway.folder / "out" / "duplicates.parquet").to_pylist()
    [one] = [row for row in duplicates if row["path"] == "b.py"]
    assert one["witness"] == "longer.py" and 0.85 <= one["similarity"] < 1
    assert {row["witness"] for row in duplicates} <= paths


def test_a_file_too_large_for_a_row_is_left_out(tideway, sources, tokenizer):
    with open(sources / "dump.py", "wb") as file:
        file.truncate(70 << 20)
    done = tideway(*words("out"))
    assert done.code == 0, done.err
    assert told(tideway, "out", "ingest_manifest.json")["left_out"]["too_large"] == 1


def test_a_licence_that_holds_a_secret_is_redacted(tideway, sources, tokenizer):
    (sources / "odd.py").write_text("# SPDX-License-Identifier: LicenseRef-anna.keller@wunderbar.org\n" + program(8))
    assert tideway(*words("out")).code == 0
    for name, content in everything(tideway.folder / "out").items():
        assert b"anna.keller" not in content, name


def test_why_traces_a_row_back(tideway, sources, tokenizer):
    assert tideway(*words("out")).code == 0
    [file] = (tideway.folder / "out" / "stages" / "tokenization").glob("*.parquet")
    done = tideway("why", "last", f"{file}:1")
    assert done.code == 0 and "again/other.py" in done.out, done.out + done.err


def test_bytes_that_are_no_text_are_not_shown(tideway, sources, tokenizer):
    (sources / "secret.py").write_bytes(b"# anna.keller@wunderbar.org \xe4\xeb\n")
    done = tideway(*words("out", encoding_fix="false"))
    assert done.code != 0 and "bytes that are not UTF-8 do not fit string" in done.err
    assert "anna.keller" not in done.err


def test_check_finds_nothing_wrong_and_writes_nothing(tideway, sources, tokenizer):
    done = tideway("check", SCRIPT, *words("out")[3:])
    assert done.code == 0 and "code_corpus is in order" in done.err, done.err
    assert not (tideway.folder / "out").exists()


@pytest.mark.parametrize("wrong, told_so", [
    ({"pii_mode": "hash"}, "mode `hash` needs a key"),
    ({"pii_mode": "blur"}, "blur"),
    ({"similarity_threshold": 7}, "similarity_threshold must be above 0, up to 1: 7"),
    ({"similarity_threshold": 0}, "similarity_threshold must be above 0, up to 1: 0"),
    ({"removal_cap": 1.5}, "removal_cap must be above 0, up to 1: 1.5"),
    ({"tokenizer": "none.json"}, "none.json"),
])
def test_a_wrong_parameter_is_an_error_before_anything_is_done(tideway, sources, tokenizer, wrong, told_so):
    done = tideway(*words("out", **wrong))
    assert done.code != 0 and told_so in done.err
    assert not (tideway.folder / "out").exists()


def test_more_near_duplicates_than_the_cap_end_the_run_with_a_report(tideway, sources, tokenizer):
    done = tideway(*words("out", removal_cap=0.01, deduplication="true"))
    assert done.code == 0, done.err  # ten files of a source may go whatever their share
    for index in range(40):
        (sources / f"alike{index:02}.py").write_text(program(1) + f"# {index}\n")
    done = tideway(*words("out", removal_cap=0.3))
    assert done.code != 0 and "more than 30 % of a source would go: 41 of" in done.err and "`Python`" in done.err
    assert told(tideway, "out", "deduplication_report.json")["near"]["over_cap"]
    assert not told(tideway, "out", "preprocessing_results.json")["complete"]


def test_files_of_a_stage_that_was_switched_off_since_are_warned_of(tideway, sources, tokenizer):
    assert tideway(*words("out")).code == 0
    loud = (word for word in words("out", deduplication="false") if word != "-q")
    done = tideway(*loud)
    assert done.code == 0 and "duplicates.parquet is of an earlier run: deduplication is switched off" in done.err


def test_with_all_stages_off_the_rows_are_as_they_were(tideway, sources):
    (sources / "latin.py").unlink()
    (sources / "binary.py").unlink()
    off = ["encoding_fix", "malformed_cleaning", "whitespace_cleanup", "deduplication", "pii_removal", "tokenization"]
    done = tideway(*words("out", **dict.fromkeys(off, "false")))
    assert done.code == 0, done.err
    assert told(tideway, "out", "preprocessing_results.json")["stages"] == {}
    assert len(corpus(tideway, "out")) == told(tideway, "out", "ingest_manifest.json")["taken"]


def test_a_folder_that_is_not_there_is_told(tideway, tokenizer):
    done = tideway(*words("out"))
    assert done.code != 0 and "sources" in done.err
    assert not (tideway.folder / "out" / "corpus").exists()
