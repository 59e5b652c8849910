"""Rules of quality, judged by datatrove's filters of the same recipes, on the same words."""

import json
import random
import re
import unicodedata

import datatrove.pipeline.filters.c4_filters
import datatrove.pipeline.filters.fineweb_quality_filter
import datatrove.pipeline.filters.gopher_quality_filter
import datatrove.pipeline.filters.gopher_repetition_filter
import pydoc_data.topics
import pytest
from datatrove.data import Document

FILTERS = datatrove.pipeline.filters
# Our names by theirs.
NAMES = {
    "gopher": {
        "gopher_short_doc": "few_words", "gopher_long_doc": "many_words", "gopher_below_avg_threshold": "short_words",
        "gopher_above_avg_threshold": "long_words", "gopher_too_many_hashes": "hashes",
        "gopher_too_many_ellipsis": "ellipses", "gopher_too_many_bullets": "bullets",
        "gopher_too_many_end_ellipsis": "ellipsis_lines", "gopher_below_alpha_threshold": "few_letters",
        "gopher_enough_stop_words": "few_stop_words",
    },
    "repetition": {
        "empty": "empty", "dup_para_frac": "repeated_paragraphs", "dup_para_char_frac": "repeated_paragraph_characters",
        "dup_line_frac": "repeated_lines", "dup_line_char_frac": "repeated_line_characters",
        **{f"top_{n}_gram": f"top_{n}_gram" for n in (2, 3, 4)},
        **{f"duplicated_{n}_n_grams": f"repeated_{n}_grams" for n in range(5, 11)},
    },
    "fineweb": {
        "empty": "empty", "line_punct_ratio": "few_punctuated_lines", "short_line_ratio": "short_lines",
        "char_dup_ratio": "repeated_line_characters", "list_ratio": "line_breaks",
    },
    "c4": {"lorem_ipsum": "phrase", "curly_bracket": "phrase", "too_few_sentences": "few_sentences"},
}
WORDS = re.compile(r"(?:[^\W]|\uf8ff)+|[^\w\s\uf8ff]+")


def words(text, _language=None):
    """As lua/tideway/quality.lua says what a word is: marks belong to words."""
    marked = "".join("\uf8ff" if unicodedata.category(c).startswith("M") else c for c in text)
    return [text[found.start():found.end()] for found in WORDS.finditer(marked)]


def sentences(line, _language=None):
    return range(max(1, len(re.findall(r"[.?!]+[\"')\]}]*(?=[ \t]|$)", line))))


class Symbols:
    """The characters that make no word, as datatrove's set of punctuation is asked."""

    def __contains__(self, c):
        return not words(c) or not (c.isalnum() or c == "_" or unicodedata.category(c).startswith("M"))


def repeated_characters(words, n):
    """datatrove's find_all_duplicate, for which runs of the same letters in other words are not the same."""
    seen, characters, at = set(), 0, 0
    while at < len(words) - n + 1:
        run = tuple(words[at:at + n])
        characters += sum(map(len, run)) if run in seen else 0
        at += n if run in seen else 1
        seen.add(run)
    return characters


@pytest.fixture
def judges(monkeypatch):
    for module in (FILTERS.gopher_quality_filter, FILTERS.gopher_repetition_filter, FILTERS.fineweb_quality_filter):
        monkeypatch.setattr(module, "split_into_words", words)
    monkeypatch.setattr(FILTERS.gopher_quality_filter, "PUNCTUATION_SET", Symbols())
    monkeypatch.setattr(FILTERS.gopher_repetition_filter, "find_all_duplicate", repeated_characters)
    monkeypatch.setattr(FILTERS.c4_filters, "split_into_sentences", sentences)
    return {
        "gopher": FILTERS.gopher_quality_filter.GopherQualityFilter(),
        "repetition": FILTERS.gopher_repetition_filter.GopherRepetitionFilter(),
        "fineweb": FILTERS.fineweb_quality_filter.FineWebQualityFilter(),
        "c4": FILTERS.c4_filters.C4QualityFilter(),
    }


def spoilt(text, chance):
    """The text with a change that some rule minds."""
    lines = text.split("\n")
    some = chance.sample(lines, max(1, len(lines) // 3))
    return chance.choice([
        lambda: text,
        lambda: "\n".join(lines + some),
        lambda: "\n".join(line + chance.choice(["...", "…", ".", " #", "!"]) for line in lines),
        lambda: "\n".join(chance.choice(["- ", "• ", ""]) + line for line in lines),
        lambda: text + "\n\n" + text[:len(text) // 4],
        lambda: "\n".join(some),
        lambda: re.sub(r" (\w)", r" ... \1", text),
        lambda: re.sub(r"\w{4,}", lambda found: found[0][:2], text),
        lambda: text.replace(" ", "" if chance.random() < 0.2 else " #" if chance.random() < 0.5 else " 7 "),
        lambda: text.replace("\n", chance.choice([" ", "\n\n", "\n\n\n"])),
        lambda: " ".join(chance.choices(words(text) or ["x"], k=200)),
        lambda: text.replace("{", "").replace("...", ".") + "\nSee our privacy policy [1] here [edit].",
        lambda: text.replace("{", "(").replace("\n\n", ".\n"),
        lambda: re.sub(r"\b(the|be|to|of|and|that|have|with)\b", "thus", text),
        lambda: text + chance.choice(["\nLorem ipsum dolor sit.", "\nRun JavaScript, please.", "\né" * 9, "日本語。" * 30]),
    ])()


def texts():
    chance = random.Random(42)
    topics = [text for _, text in sorted(pydoc_data.topics.topics.items())]
    for text in topics:
        yield text
        for _ in range(5):
            start = chance.randrange(max(1, len(text) - 200))
            yield spoilt(text[start:start + chance.randrange(100, 6000)], chance)


SCRIPT = """
local tw = require "tideway"
return tw.pipeline { name = "judged", run = function()
  local rows = tw.dataset.jsonl "texts.jsonl"
  local text = tw.col "text"
  rows = rows:with { gopher = text, repetition = text, fineweb = text, c4 = text, lines = text }
  for _, name in ipairs { "gopher", "repetition", "fineweb", "c4" } do rows = rows:map(name, tw.quality[name] {}) end
  rows:map("lines", tw.quality.c4_lines {}):write_jsonl "judged.jsonl"
end }
"""


def test_recipes_decide_as_datatroves_filters_do(tideway, judges):
    documents = list(texts())
    (tideway.folder / "texts.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in documents))
    (tideway.folder / "judged.lua").write_text(SCRIPT)
    done = tideway("run", "judged.lua", "-q")
    assert done.code == 0, done.err
    ours = [json.loads(line) for line in (tideway.folder / "judged.jsonl").read_text().split("\n")[:-1]]
    assert len(ours) == len(documents)
    found = {name: set() for name in judges}
    for text, row in zip(documents, ours):
        for name, judge in judges.items():
            document = Document(text=text, id="")
            decision = judge.filter(document)
            wanted = None if decision is True else NAMES[name][decision[1]]
            assert row[name] == wanted, (name, text)
            found[name].add(wanted)
            if name == "c4" and wanted is None:
                assert row["lines"] == document.text, text
    for name, rules in NAMES.items():
        missing = set(rules.values()) - found[name] - {"many_words", "empty"}
        assert not missing, f"{name}: no text fails {missing}"
