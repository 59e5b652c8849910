"""E-mail and IP addresses out of the column `content`, as datatrove's formatter does it; nothing else is found.

usage: pii.py datatrove INPUT OUTPUT
       pii.py speed INPUT             prints the MB that the formatter alone does in a second of one core

Two processes share the row groups, so that the peer has the two cores that we have.
"""

import multiprocessing
import sys
import time

import pyarrow
import pyarrow.parquet


def formatted(source_and_group):
    from datatrove.pipeline.formatters import PIIFormatter

    source, group = source_and_group
    rows = pyarrow.parquet.ParquetFile(source).read_row_group(group)
    formatter = PIIFormatter()
    content = pyarrow.array([formatter.format(text) for text in rows["content"].to_pylist()], pyarrow.string())
    return rows.set_column(rows.schema.get_field_index("content"), "content", content)


def run_datatrove(source, target):
    file = pyarrow.parquet.ParquetFile(source)
    with (multiprocessing.Pool(2) as pool,
          pyarrow.parquet.ParquetWriter(target, file.schema_arrow, compression="snappy") as writer):
        for rows in pool.imap(formatted, [(source, group) for group in range(file.num_row_groups)]):
            writer.write_table(rows)


def run_speed(source):
    from datatrove.pipeline.formatters import PIIFormatter

    texts = pyarrow.parquet.ParquetFile(source).read_row_group(0)["content"].to_pylist()
    formatter = PIIFormatter()
    started = time.process_time()
    for text in texts:
        formatter.format(text)
    seconds = time.process_time() - started
    print(sum(len(text.encode()) for text in texts) / seconds / 1e6)


if __name__ == "__main__":
    {"datatrove": run_datatrove, "speed": run_speed}[sys.argv[1]](*sys.argv[2:])
