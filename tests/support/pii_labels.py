"""Reads the labelled documents of tests/data/pii."""

import dataclasses
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "data" / "pii"
SEPARATOR = re.compile("^----\n", re.MULTILINE)
MARK = re.compile(r"⟦([a-z0-9_]+):(.*?)⟧", re.DOTALL)


@dataclasses.dataclass
class Document:
    format: str  # "prose", "csv", "json", "python", "java", "cpp" or "javascript"
    text: bytes
    spans: set  # of (kind, begin, end), in bytes


def document(format, marked):
    """The document without its marks. A `·` inside of one keeps what is made up from looking like a live token."""
    text, spans, end = b"", set(), 0
    for mark in MARK.finditer(marked):
        text += marked[end:mark.start()].encode()
        value = mark[2].replace("·", "").encode()
        spans.add((mark[1], len(text), len(text) + len(value)))
        text += value
        end = mark.end()
    return Document(format, text + marked[end:].encode(), spans)


def labelled(folder=FOLDER):
    return [document(path.stem, marked) for path in sorted((folder / "labelled").glob("*.txt"))
            for marked in SEPARATOR.split(path.read_text())]


def hostile(folder=FOLDER):
    return (folder / "hostile.txt").read_text().splitlines()
