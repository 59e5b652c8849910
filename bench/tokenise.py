"""Tokenising 100 MB of source code, Parquet to Parquet, by files of two kinds that the library trains on a part."""

import os
import shutil

import pyarrow.parquet

import corpus
import harness
import inputs

PEERS = ("tokenizers",)
MEGABYTES = 100
VOCABULARY = 32_000


def texts(source, most_bytes):
    size = 0
    for batch in pyarrow.parquet.ParquetFile(source).iter_batches(100, columns=["content"]):
        for text in batch["content"].to_pylist():
            size += len(text)
            if size > most_bytes:
                return
            yield text


def byte_level_bpe():
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer, trainers.BpeTrainer(vocab_size=VOCABULARY, show_progress=False, special_tokens=["<s>", "</s>"],
                                          initial_alphabet=pre_tokenizers.ByteLevel.alphabet())


def word_piece():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer, trainers.WordPieceTrainer(vocab_size=VOCABULARY, show_progress=False,
                                                special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])


def prepared(kind, source, work):
    """A folder with the input and, beside it, the tokenizer."""
    folder = work / f"tokenise-{kind.__name__}"
    if not (folder / "tokenizer.json").exists():
        folder.mkdir(exist_ok=True)
        shutil.copyfile(source, folder / "input.parquet")
        tokenizer, trainer = kind()
        tokenizer.train_from_iterator(texts(source, 20_000_000), trainer)
        tokenizer.save(str(folder / "tokenizer.json"))
    return folder / "input.parquet"


def main(tideway, work):
    print(harness.versions(*PEERS, "pyarrow"))
    source = inputs.made(corpus.sources, tideway, work, MEGABYTES)
    threads = str(len(os.sched_getaffinity(0)))
    for kind in (byte_level_bpe, word_piece):
        harness.apart(lambda kind=kind: prepared(kind, source, work))
        folder_input = work / f"tokenise-{kind.__name__}" / "input.parquet"
        sides, outputs = harness.file_sides(tideway, work, "tokenise", folder_input, PEERS)
        for side in sides:
            side.env["RAYON_NUM_THREADS"] = threads

        def check(outputs=outputs):
            ours = pyarrow.parquet.read_table(outputs["tideway"])["ids"].combine_chunks()
            theirs = pyarrow.parquet.read_table(outputs["tokenizers"])["ids"].combine_chunks()
            if not (ours.flatten().equals(theirs.flatten().cast(ours.type.value_type))
                    and ours.value_lengths().equals(theirs.value_lengths())):
                raise SystemExit("tokenise: the tokens of tokenizers differ from ours")
            print(f"  {len(ours)} texts, {len(ours.flatten())} tokens, equal")

        harness.run(f"tokenise {MEGABYTES} MB of source code, {kind.__name__}, Parquet to Parquet, {threads} threads",
                    sides, check, runs=3)
        harness.print_floor("read and write the tokens", [outputs["tideway"]])
