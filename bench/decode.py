"""Encodings found and mojibake undone: real source code, Parquet to Parquet, and the texts of the tests in their pages.

Of the sources that hold anything beyond ASCII a third stay UTF-8, a third are put into windows-1252, and a third are
read as windows-1252 once, as far as they can be: what a corpus of files of all ages holds.
"""

import itertools
import os
import pathlib
import subprocess

import pyarrow
import pyarrow.parquet

import corpus
import harness
import inputs

PEERS = ("charset_normalizer", "chardet", "cchardet", "ftfy")
ROOT = pathlib.Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "data" / "encodings"
TYPEWRITTEN = str.maketrans({"„": '"', "“": '"', "”": '"', "’": "'", "–": "-", "…": "..."})


def spoilt(text, number):
    """The bytes that the file is found as."""
    try:
        in_page = text.encode("cp1252")
        return (text.encode(), in_page, text.encode().decode("cp1252").encode())[number % 3]
    except UnicodeError:
        return text.encode()


def mixed(tideway, work, megabytes):
    """(bytes, text) of sources, as `content` and `text`."""
    target = work / f"mixed-{megabytes}.parquet"
    if not target.exists():
        source = pyarrow.parquet.read_table(corpus.sources(tideway, work, megabytes), columns=["content"])
        texts = source["content"].to_pylist()
        numbers = itertools.count()
        contents = [text.encode() if text.isascii() else spoilt(text, next(numbers)) for text in texts]
        table = pyarrow.table({"content": pyarrow.array(contents, pyarrow.binary()), "text": texts})
        pyarrow.parquet.write_table(table, target, row_group_size=2000)
    return target


def cases():
    """(page, bytes, text) of the texts of the tests."""
    for path in sorted(CASES.glob("*.cases")):
        if path.stem in ("mojibake", "untouched"):
            continue
        head, _, body = path.read_text().partition("\n")
        for page in head.removeprefix("# ").split():
            for text in body.rstrip("\n").split("\n----\n"):
                text = text.translate(TYPEWRITTEN) if page.startswith("iso") else text
                yield page, text.encode(page), text


def right(path, expected):
    """How many rows of the output at `path` are the expected texts."""
    got = pyarrow.parquet.read_table(path)["content"].to_pylist()
    return sum(one == other for one, other in zip(got, expected, strict=True))


def print_pages(tideway, work):
    rows = list(cases())
    source = work / "pages.parquet"
    contents = pyarrow.array([row[1] for row in rows], pyarrow.binary())
    pyarrow.parquet.write_table(pyarrow.table({"content": contents}), source)
    sides, outputs = harness.file_sides(tideway, work, "decode", source, PEERS)
    pages = sorted({row[0] for row in rows})
    print("\ntexts in twelve code pages that are restored exactly")
    print(f"  {'':34}" + "".join(f"{page.replace('windows-', 'w'):>13}" for page in pages) + f"{'all':>9}")
    for side in sides:
        side.before()
        subprocess.run(side.command, check=True, capture_output=True, env={**os.environ, **side.env})
        got = pyarrow.parquet.read_table(outputs[side.name])["content"].to_pylist()
        exact = {page: [0, 0] for page in pages}
        for (page, _, text), one in zip(rows, got, strict=True):
            exact[page][0] += one == text
            exact[page][1] += 1
        every = sum(one for one, _ in exact.values())
        print(f"  {side.name:34}" + "".join(f"{f'{one} of {of}':>13}" for one, of in exact.values())
              + f"{every / len(rows):9.1%}")


def main(tideway, work):
    print(harness.versions("charset-normalizer", "chardet", "faust-cchardet", "ftfy"))
    harness.apart(lambda: print_pages(tideway, work))
    source = inputs.made(mixed, tideway, work, 30)
    sides, outputs = harness.file_sides(tideway, work, "decode", source, PEERS)

    def check():
        expected = pyarrow.parquet.read_table(source, columns=["text"])["text"].to_pylist()
        counts = {name: right(path, expected) for name, path in outputs.items()}
        print(f"  right of {len(expected)} files: "
              + ", ".join(f"{name} {count}" for name, count in counts.items()))
        if counts["tideway"] < max(counts.values()) or counts["tideway"] < 0.998 * len(expected):
            raise SystemExit("decode: our texts are not the right ones")

    title = "decode 30 MB of source files, two thirds of those beyond ASCII spoilt, Parquet to Parquet"
    harness.run(title, sides, check, runs=3)
