"""Texts in twelve code pages, encoded by Python, come back exactly; a table of the pages is printed."""

import collections
import hashlib

import pyarrow
import pyarrow.parquet
import pytest
from conftest import ROOT

FOLDER = ROOT / "tests" / "data" / "encodings"
PAGES = {"windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1256", "iso-8859-2",
         "iso-8859-15", "koi8-r", "shift_jis", "gb18030", "big5"}
# In pages without typographic signs people write these.
TYPEWRITTEN = str.maketrans({"„": '"', "“": '"', "”": '"', "’": "'", "–": "-", "…": "..."})
DECODE = """
local tw = require "tideway"
return tw.pipeline {
  name = "decode",
  run = function()
    tw.dataset.parquet "bytes.parquet"
      :decode("bytes", { on_unknown = "null", encoding_as = "encoding", mojibake_as = "mojibake" })
      :write_parquet "texts.parquet"
  end,
}
"""


def texts_of(path):
    head, _, body = path.read_text().partition("\n")
    return head.removeprefix("# ").split(), body.rstrip("\n").split("\n----\n")


def decode(tideway, rows, *options):
    table = {"bytes": pyarrow.array([row[0] for row in rows], pyarrow.binary())}
    pyarrow.parquet.write_table(pyarrow.table(table), tideway.folder / "bytes.parquet")
    (tideway.folder / "decode.lua").write_text(DECODE)
    result = tideway("run", "decode.lua", "-q", *options)
    assert result.code == 0, result.err
    return pyarrow.parquet.read_table(tideway.folder / "texts.parquet").to_pylist()


def encoded():
    """(bytes, page, text) of every text in every page."""
    for path in sorted(FOLDER.glob("*.cases")):
        if path.stem in ("mojibake", "untouched"):
            continue
        pages, texts = texts_of(path)
        for page in pages:
            for text in texts:
                text = text.translate(TYPEWRITTEN) if page.startswith("iso") else text
                yield text.encode(page), page, text


def test_the_texts_are_those_that_were_there_before_the_detector():
    sums = dict(reversed(line.split()) for line in (FOLDER / "SHA256SUMS").read_text().splitlines())
    assert sums == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.cases")}


def test_twelve_code_pages_are_restored_exactly(tideway, capsys):
    rows = list(encoded())
    got = decode(tideway, rows)
    counts = collections.defaultdict(collections.Counter)
    for (_, page, text), row in zip(rows, got, strict=True):
        counts[page]["texts"] += 1
        counts[page]["exact"] += row["bytes"] == text
        counts[page]["refused"] += row["bytes"] is None
    with capsys.disabled():
        print(f"\n  {'page':14} {'texts':>6} {'exact':>6} {'refused':>8}")
        for page, count in sorted(counts.items()):
            print(f"  {page:14} {count['texts']:6} {count['exact']:6} {count['refused']:8}")
    assert set(counts) == PAGES
    assert all(count["exact"] == count["texts"] for count in counts.values())


def test_workers_make_no_difference(tideway):
    rows = list(encoded()) * 20
    outputs = set()
    for workers in (1, 2, 8):
        decode(tideway, rows, "--workers", workers, "--fresh")
        outputs.add((tideway.folder / "texts.parquet").read_bytes())
    assert len(outputs) == 1


# By page, how often it is read wrong. The C library's Mac Roman and Python's differ in some signs.
WRONG = {"cp1252": 3, "latin-1": 3, "cp1251": 3, "cp1250": 3, "cp437": 3, "koi8-r": 3, "mac-roman": 1, "gb18030": 1,
         "shift_jis": 1}


@pytest.mark.parametrize("page", WRONG)
def test_what_was_read_as_another_page_is_undone(tideway, page):
    _, texts = texts_of(FOLDER / "mojibake.cases")
    rows = []
    for text in texts:
        broken = text
        for _ in range(WRONG[page]):
            try:
                broken = broken.encode().decode(page)
            except UnicodeDecodeError:
                break  # such bytes are lost
            if len(text) > 5:  # one word, with one character in it, is nothing to tell by
                rows.append((broken.encode(), text))
    assert rows
    for (broken, text), row in zip(rows, decode(tideway, rows), strict=True):
        assert row["bytes"] == text, broken.decode()


def test_right_texts_are_left_alone(tideway):
    texts = [text for path in FOLDER.glob("*.cases") if path.stem != "mojibake" for text in texts_of(path)[1]]
    got = decode(tideway, [(text.encode(),) for text in texts])
    assert [row["bytes"] for row in got] == texts
    assert all(row["mojibake"] is None and row["encoding"] == "utf-8" for row in got)
