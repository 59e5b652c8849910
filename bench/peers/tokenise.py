"""Tokenising as the peers do it; threads are as many as there are cores.

usage: tokenise.py tokenizers INPUT OUTPUT
"""

import pathlib
import sys

import pyarrow
import pyarrow.parquet


def run_tokenizers(source, target):
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(str(pathlib.Path(source).with_name("tokenizer.json")))
    schema = pyarrow.schema([("ids", pyarrow.list_(pyarrow.int32()))])
    with pyarrow.parquet.ParquetWriter(target, schema, compression="snappy") as writer:
        for batch in pyarrow.parquet.ParquetFile(source).iter_batches(1000, columns=["content"]):
            # The fast way: without offsets, which are not asked for.
            encoded = tokenizer.encode_batch_fast(batch["content"].to_pylist(), add_special_tokens=False)
            ids = pyarrow.array([one.ids for one in encoded], schema.field("ids").type)
            writer.write_table(pyarrow.table([ids], schema))


if __name__ == "__main__":
    {"tokenizers": run_tokenizers}[sys.argv[1]](*sys.argv[2:])
