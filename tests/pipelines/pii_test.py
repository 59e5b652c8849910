"""Whole runs of tw.pii: quality on the frozen labels, the same bytes for any workers, no value where none should be."""

import ast
import collections
import json
import pathlib
import subprocess
import sys

import pii_labels
import pyarrow
import pyarrow.parquet
import pytest

KINDS = ("private_key", "jwt", "connection_string", "api_key", "secret", "email", "credit_card", "ssn", "ipv6", "ipv4",
         "phone")

FIND = """
local tw = require "tideway"
return tw.pipeline {
  name = "find", params = { input = "", output = "" },
  run = function(job)
    tw.pii.report(tw.dataset.parquet(job.params.input)):write_parquet(job.params.output)
  end,
}
"""

REDACT = """
local tw = require "tideway"
return tw.pipeline {
  name = "redact", params = { input = "", output = "", mode = "tag", key = tw.env "PII_KEY" },
  run = function(job)
    local p = job.params
    local options = { mode = p.mode, key = p.mode == "hash" and p.key or nil }
    tw.dataset.parquet(p.input):map("content", tw.pii.redact(options)):write_parquet(p.output)
  end,
}
"""


def table(texts):
    return pyarrow.table({"path": [str(number) for number in range(len(texts))],
                          "content": pyarrow.array([text.decode() for text in texts], pyarrow.string())})


def written(tmp_path, texts, rows=500):
    path = tmp_path / "input.parquet"
    pyarrow.parquet.write_table(table(texts), path, row_group_size=rows)
    return path


def run(tideway, script, *arguments, env=None):
    path = tideway.folder / "script.lua"
    path.write_text(script)
    result = tideway("run", path, "--fresh", *arguments, env=env)
    assert result.code == 0, result.err
    return result


def findings(tideway, tmp_path, texts):
    """The findings of each text, as labels are."""
    output = tmp_path / "findings.parquet"
    run(tideway, FIND, "-p", f"input={written(tmp_path, texts)}", "-p", f"output={output}")
    found = [set() for _ in texts]
    for row in pyarrow.parquet.read_table(output).to_pylist():
        found[int(row["file"])].add((row["kind"], row["start"], row["stop"]))
    return found


def scores(documents, found):
    """Right, wrong and missed findings of each kind."""
    counts = collections.defaultdict(collections.Counter)
    for document, spans in zip(documents, found, strict=True):
        for name, those in (("right", spans & document.spans), ("wrong", spans - document.spans),
                            ("missed", document.spans - spans)):
            for kind, _, _ in those:
                counts[kind][name] += 1
    return counts


def f1(counts):
    return 2 * counts["right"] / (2 * counts["right"] + counts["wrong"] + counts["missed"])


def print_table(counts):
    print(f"\n{'kind':18} {'labels':>7} {'precision':>10} {'recall':>7} {'F1':>7}")
    for kind in KINDS:
        one = counts[kind]
        precision, recall = one["right"] / (one["right"] + one["wrong"]), one["right"] / (one["right"] + one["missed"])
        print(f"{kind:18} {one['right'] + one['missed']:7} {precision:10.4f} {recall:7.4f} {f1(one):7.4f}")


def made(tmp_path, seed):
    """Documents and lines from the same templates as the labelled ones, with other values."""
    if seed is None:
        return pii_labels.FOLDER
    folder = tmp_path / "made"
    subprocess.run([sys.executable, pii_labels.FOLDER / "make.py", folder, str(seed)], check=True)
    return folder


@pytest.mark.parametrize("seed", [None, 101, 102], ids=["frozen", "seed101", "seed102"])
def test_every_kind_is_found_and_nothing_else(tideway, tmp_path, seed):
    folder = made(tmp_path, seed)
    documents = pii_labels.labelled(folder)
    counts = scores(documents, findings(tideway, tmp_path, [document.text for document in documents]))
    print_table(counts)
    assert set(counts) == set(KINDS)
    assert {kind: f1(counts[kind]) for kind in KINDS if f1(counts[kind]) < 0.98} == {}


@pytest.mark.parametrize("seed", [None, 101], ids=["frozen", "seed101"])
def test_hostile_lines_hold_nothing(tideway, tmp_path, seed):
    lines = pii_labels.hostile(made(tmp_path, seed))
    assert len(lines) >= 2_000
    found = findings(tideway, tmp_path, [line.encode() for line in lines])
    wrong = [line for line, spans in zip(lines, found) if spans]
    print(f"\n{len(wrong)} false hits in {len(lines)} hostile lines")
    assert len(wrong) <= len(lines) / 1_000, wrong


@pytest.mark.parametrize("mode", ["tag", "fake", "hash"])
def test_redacted_texts_hold_no_value_and_are_the_same_for_any_workers(tideway, tmp_path, mode):
    documents = pii_labels.labelled()
    source = written(tmp_path, [document.text for document in documents], rows=97)
    outputs = []
    for workers in (1, 2, 8):
        output = tmp_path / f"out{workers}.parquet"
        run(tideway, REDACT, "-p", f"input={source}", "-p", f"output={output}", "-p", f"mode={mode}",
            "--workers", str(workers), env={"PII_KEY": "planted-key-0001"})
        outputs.append(output.read_bytes())
    assert outputs[0] == outputs[1] == outputs[2]
    redacted = pyarrow.parquet.read_table(output)["content"].to_pylist()
    for document, text in zip(documents, redacted, strict=True):
        for kind, begin, end in document.spans:
            assert document.text[begin:end].decode() not in text, (kind, text)


@pytest.mark.parametrize("mode", ["tag", "fake", "hash"])
def test_redacted_code_and_json_still_parse(tideway, tmp_path, mode):
    documents = [document for document in pii_labels.labelled() if document.format in ("json", "python")]
    library = [path.read_bytes() for path in sorted(pathlib.Path(json.__file__).parents[1].glob("*.py"))]
    texts = [document.text for document in documents] + [text for text in library if is_python(text)]
    output = tmp_path / "out.parquet"
    run(tideway, REDACT, "-p", f"input={written(tmp_path, texts)}", "-p", f"output={output}", "-p", f"mode={mode}",
        env={"PII_KEY": "planted-key-0001"})
    redacted = pyarrow.parquet.read_table(output)["content"].to_pylist()
    assert sum(before.decode() != after for before, after in zip(texts, redacted)) > len(documents) / 2
    for number, text in enumerate(redacted):
        if number < len(documents) and documents[number].format == "json":
            json.loads(text)
        else:
            ast.parse(text)


def is_python(text):
    try:
        return ast.parse(text.decode()) is not None
    except (SyntaxError, UnicodeDecodeError):
        return False


def test_receipts_count_by_kind_and_hold_no_value(tideway, tmp_path):
    documents = pii_labels.labelled()[:400]
    source = written(tmp_path, [document.text for document in documents])
    run(tideway, REDACT, "-p", f"input={source}", "-p", f"output={tmp_path / 'out.parquet'}", "-p", "mode=hash", "-v",
        env={"PII_KEY": "planted-key-0001"})
    receipt = tideway.receipts()[-1]
    changed = next(step["changed"] for step in receipt["steps"] if "changed" in step)
    labels = collections.Counter(kind for document in documents for kind, _, _ in document.spans)
    assert changed == dict(labels)
    written_by_run = b"".join(path.read_bytes() for path in (tideway.folder / ".tideway").rglob("*") if path.is_file())
    for value in values(documents) + [b"planted-key-0001"]:
        assert value not in written_by_run


def values(documents):
    return [document.text[begin:end] for document in documents for _, begin, end in document.spans if end - begin > 8]


def test_failures_name_no_value(tideway, tmp_path):
    script = """
      local tw = require "tideway"
      return tw.pipeline { name = "fails", run = function()
        tw.dataset.from_rows { { content = "ana.sy@site.org", n = 1 } }
          :map("content", tw.pii.redact { allow = "ben@site.org" })
          :map("n", tw.pii.redact { mode = "hash", key = "planted-key-0001" }):collect()
      end }
    """
    path = tmp_path / "fails.lua"
    path.write_text(script)
    result = tideway("run", path, "-v")
    assert result.code != 0
    assert "column must be string" in result.err
    for value in ("ana.sy@site.org", "ben@site.org", "planted-key-0001"):
        assert value not in result.out + result.err
