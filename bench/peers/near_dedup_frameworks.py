"""Near-duplicates by the peers that bring a whole pipeline, of word 5-grams, in 13 bands of 19 permutations.

datatrove runs its four steps; words are split by a pattern, as ours are: its own tokenizer of English is slower.
text-dedup runs its own command, with its faster hash.

usage: near_dedup_frameworks.py datatrove|text_dedup INPUT OUTPUT
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import pyarrow.parquet

CORES = 2
NGRAM, BANDS, ROWS = 5, 13, 19


def in_parts(source, folder):
    """A file for each core: a task of datatrove reads whole files."""
    file = pyarrow.parquet.ParquetFile(source)
    folder.mkdir()
    for core in range(CORES):
        with pyarrow.parquet.ParquetWriter(folder / f"{core}.parquet", file.schema_arrow) as writer:
            for group in range(core, file.num_row_groups, CORES):
                writer.write_table(file.read_row_group(group))


def words():
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Words(WordTokenizer):
        def word_tokenize(self, text):
            return re.findall(r"\w+", text)

        def sent_tokenize(self, text):
            raise NotImplementedError

        def span_tokenize(self, text):
            raise NotImplementedError

    return Words()


def datatrove(source, folder):
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline import dedup
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import ParquetWriter

    def run(name, steps, tasks=CORES):
        logs = str(folder / "logs" / name)
        LocalPipelineExecutor(pipeline=steps, tasks=tasks, workers=CORES, logging_dir=logs).run()

    def reader():
        return ParquetReader(str(folder / "parts"), text_key="content", id_key="path")

    in_parts(source, folder / "parts")
    config = MinhashConfig(n_grams=NGRAM, num_buckets=BANDS, hashes_per_bucket=ROWS)
    at = {name: str(folder / name) for name in ("signatures", "buckets", "removed", "kept")}
    run("signatures", [reader(), dedup.MinhashDedupSignature(at["signatures"], config, language=words())])
    run("buckets", [dedup.MinhashDedupBuckets(at["signatures"], at["buckets"], config=config)], tasks=BANDS)
    run("cluster", [dedup.MinhashDedupCluster(at["buckets"], at["removed"], config)], tasks=1)
    run("filter", [reader(), dedup.MinhashDedupFilter(at["removed"]), ParquetWriter(at["kept"], compression="snappy")])
    return pyarrow.parquet.read_table(at["kept"])


def text_dedup(source, folder):
    import datasets

    options = {"path": "parquet", "data_files": source, "split": "train", "column": "content",
               "output": folder / "kept", "cache_dir": folder / "cache", "ngram": NGRAM,
               "min_length": 0, "num_perm": 256, "b": BANDS, "r": ROWS, "hash_func": "xxh3", "num_proc": CORES}
    words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
    subprocess.run([sys.executable, "-m", "text_dedup.minhash", *words], check=True)
    return datasets.load_from_disk(folder / "kept").with_format("arrow")[:]


def main(peer, source, target):
    with tempfile.TemporaryDirectory() as folder:
        kept = {"datatrove": datatrove, "text_dedup": text_dedup}[peer](source, pathlib.Path(folder))
        pyarrow.parquet.write_table(kept, target)


if __name__ == "__main__":
    main(*sys.argv[1:])
