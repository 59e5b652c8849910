"""Tokens are those of Python's tokenizers library, for files that it trains here, whatever the text."""

import json

import numpy
import pyarrow
import pyarrow.parquet
import pytest
from tokenizers_for_tests import MAKERS, SENTENCES, every_character, hostile, sources

SCRIPT = """
local tw = require "tideway"
return tw.pipeline {
  name   = "tokens",
  params = { tokenizer = "tokenizer.json", input = "texts.parquet", output = "ids.parquet", special = false },
  run    = function(job)
    local tokenizer = tw.tokens.load(job.params.tokenizer)
    tw.dataset.parquet(job.params.input)
      :map("text", tokenizer:ids { special = job.params.special })
      :write_parquet(job.params.output)
  end,
}
"""


@pytest.fixture(scope="session")
def training():
    return [*sources(1.5), *(SENTENCES * 40)]


@pytest.fixture(scope="session")
def texts():
    return [*hostile(3000), *SENTENCES, *every_character(), *sources(1, seed=3)]


@pytest.fixture(params=MAKERS)
def tokenizer(request, training):
    return MAKERS[request.param](training)


def write(folder, texts):
    pyarrow.parquet.write_table(pyarrow.table({"text": texts}), folder / "texts.parquet", row_group_size=1000)
    (folder / "tokens.lua").write_text(SCRIPT)


def ids_of(tideway, *arguments):
    result = tideway("run", "tokens.lua", "-q", *arguments)
    assert result.code == 0, result.err
    return pyarrow.parquet.read_table(tideway.folder / "ids.parquet")["text"].to_pylist()


def first_difference(texts, expected, got):
    for text, theirs, ours in zip(texts, expected, got, strict=True):
        if theirs != ours:
            return text, theirs, ours
    return None


def test_tokens_are_those_of_the_library(tideway, tokenizer, texts):
    tokenizer.save(str(tideway.folder / "tokenizer.json"))
    write(tideway.folder, texts)
    got = ids_of(tideway)
    expected = [one.ids for one in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    assert first_difference(texts, expected, got) is None
    few = texts[:200]
    write(tideway.folder, few)
    got = ids_of(tideway, "-p", "special=true")
    assert first_difference(few, [one.ids for one in tokenizer.encode_batch_fast(few)], got) is None


def test_texts_come_back_of_byte_level_tokens_and_of_others_as_the_library_says(tideway, tokenizer, texts):
    tokenizer.save(str(tideway.folder / "tokenizer.json"))
    few = [text for text in texts[:1500] if "\r" not in text] + SENTENCES
    ids = [one.ids for one in tokenizer.encode_batch_fast(few, add_special_tokens=False)]
    cases = [[text, list(one), tokenizer.decode(one), tokenizer.decode(one, skip_special_tokens=False)]
             for text, one in zip(few, ids, strict=True) if one]
    (tideway.folder / "cases.json").write_text(json.dumps(cases))
    (tideway.folder / "decode.lua").write_text(DECODE)
    result = tideway("run", "decode.lua", "-q")
    assert result.code == 0, result.err
    if type(tokenizer.pre_tokenizer).__name__ == "ByteLevel" and tokenizer.normalizer is None:
        prefix = " " if tokenizer.pre_tokenizer.add_prefix_space else ""
        plain = [case for case in cases if "<" not in case[0] and not case[0].startswith(" ")]
        assert [case[3] for case in plain] == [prefix + case[0] for case in plain]


DECODE = """
local tw = require "tideway"
return tw.pipeline {
  name = "decode",
  run  = function()
    local tokenizer = tw.tokens.load "tokenizer.json"
    for _, case in ipairs(tw.json.decode(tw.path.read "cases.json")) do
      local text, ids, plain, all = case[1], case[2], case[3], case[4]
      local ours = tokenizer:encode(text)
      assert(#ours == #ids and table.concat(ours, " ") == table.concat(ids, " "), "encode " .. text)
      assert(tokenizer:decode(ids) == plain, "decode " .. text .. " to " .. plain)
      assert(tokenizer:decode(ids, { special = true }) == all, "decode all of " .. text .. " to " .. all)
    end
  end,
}
"""

def test_a_tokenizer_comes_from_the_hub_and_its_content_is_in_the_receipt(tideway, hub, training):
    tokenizer = MAKERS["codebert"](training[:20])
    hub.add("models", "ns/coder", {"tokenizer.json": tokenizer.to_str().encode()})
    write(tideway.folder, SENTENCES)
    result = tideway("run", "tokens.lua", "-q", "-p", "tokenizer=hf://ns/coder/tokenizer.json",
                     env={"HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home", "HF_TOKEN": "hf_read"})
    assert result.code == 0, result.err
    got = pyarrow.parquet.read_table(tideway.folder / "ids.parquet")["text"].to_pylist()
    assert got == [tokenizer.encode(text, add_special_tokens=False).ids for text in SENTENCES]
    inputs = [one["uri"] for one in tideway.receipts()[-1]["inputs"]]
    assert any("ns/coder" in uri and uri.endswith("tokenizer.json") for uri in inputs), inputs


PACK = """
local tw = require "tideway"
return tw.pipeline {
  name   = "pack",
  params = { output = "" },
  run    = function(job)
    local tokenizer = tw.tokens.load "tokenizer.json"
    local rows = tw.dataset.parquet("texts.parquet"):map("text", tokenizer:ids(), { as = "ids" })
    rows:write_parquet(job.params.output .. ".parquet")
    rows:pack { length = 128, separator = tokenizer:id "</s>" }:write_tokens(job.params.output .. ".bin")
  end,
}
"""


def test_columns_rows_and_files_are_the_same_for_any_number_of_workers(tideway, training, texts):
    tokenizer = MAKERS["codebert"](training)
    tokenizer.save(str(tideway.folder / "tokenizer.json"))
    write(tideway.folder, texts)
    (tideway.folder / "pack.lua").write_text(PACK)
    outputs = []
    for workers in (1, 2, 8):
        result = tideway("run", "pack.lua", "-q", "--fresh", "--workers", workers, "-p", f"output=out{workers}")
        assert result.code == 0, result.err
        outputs.append([(tideway.folder / f"out{workers}{ending}").read_bytes() for ending in (".parquet", ".bin")])
    assert outputs[0] == outputs[1] == outputs[2]
    stream = []
    separator = tokenizer.token_to_id("</s>")
    for one in tokenizer.encode_batch_fast(texts, add_special_tokens=False):
        stream += [*one.ids, separator] if one.ids else []
    packed = numpy.memmap(tideway.folder / "out8.bin", "<u2", mode="r").reshape(-1, 128)
    assert packed.shape[0] == len(stream) // 128
    assert (packed.reshape(-1) == numpy.array(stream[:packed.size])).all()
    dropped = [step["dropped"] for step in tideway.receipts()[-1]["steps"] if step["step"].startswith("pack")]
    assert dropped[0]["token that fills no row"] == len(stream) % 128
