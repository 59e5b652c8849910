"""The tokens of 100 MB, by every kind of tokenizer, are those of Python's library. TIDEWAY_TOKENS_MB: another size."""

import os

import pytest
from tokenizers_for_tests import MAKERS, SENTENCES, every_character, hostile, sources
from tokens_test import first_difference, ids_of, write

MEGABYTES = int(os.environ.get("TIDEWAY_TOKENS_MB", "100"))
ALL = ("codebert", "gpt4", "bert")  # the others see a twentieth


@pytest.fixture(scope="module")
def training():
    return [*sources(4, seed=1), *(SENTENCES * 40)]


@pytest.fixture(scope="module")
def texts():
    return [*hostile(50_000, seed=5), *every_character(), *sources(MEGABYTES, seed=9)]


@pytest.mark.parametrize("name", MAKERS)
def test_tokens_are_those_of_the_library(tideway, name, training, texts):
    tokenizer = MAKERS[name](training)
    tokenizer.save(str(tideway.folder / "tokenizer.json"))
    seen = texts if name in ALL else texts[::20]
    write(tideway.folder, seen)
    got = ids_of(tideway)
    bytes_seen = tokens = 0
    for begin in range(0, len(seen), 1000):
        part = seen[begin:begin + 1000]
        expected = [one.ids for one in tokenizer.encode_batch_fast(part, add_special_tokens=False)]
        assert first_difference(part, expected, got[begin:begin + 1000]) is None
        bytes_seen += sum(len(text.encode()) for text in part)
        tokens += sum(map(len, expected))
    print(f"{name}: {len(seen)} texts, {bytes_seen / 1e6:.1f} MB, {tokens} tokens, equal")
