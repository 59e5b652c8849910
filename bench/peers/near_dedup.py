"""Near-duplicates at Jaccard 0.85 of word 5-grams with 256 permutations, as each peer is used: bands by its own rule,
no verification, the first of a group of candidates stays.

usage: near_dedup.py PEER INPUT OUTPUT
"""

import sys

import numpy
import pyarrow
import pyarrow.compute
import pyarrow.parquet

THRESHOLD = 0.85
PERMUTATIONS = 256
BANDS, ROWS = 13, 19  # datasketch's optimum for the threshold


class Groups:
    """Documents that candidates connect."""

    def __init__(self, count):
        self.parents = list(range(count))

    def first(self, one):
        while self.parents[one] != one:
            self.parents[one] = one = self.parents[self.parents[one]]
        return one

    def join(self, a, b):
        a, b = self.first(a), self.first(b)
        self.parents[max(a, b)] = min(a, b)


def daft(source):
    import daft

    signatures = (
        daft.read_parquet(source)
        .select(daft.col("content").minhash(num_hashes=PERMUTATIONS, ngram_size=5, hash_function="xxhash"))
        .to_arrow()["content"].combine_chunks()
    )
    matrix = signatures.values.to_numpy().reshape(len(signatures), PERMUTATIONS)
    groups = Groups(len(signatures))
    for band in range(BANDS):
        columns = numpy.ascontiguousarray(matrix[:, band * ROWS:(band + 1) * ROWS])
        keys = columns.view(numpy.dtype((numpy.void, columns.itemsize * ROWS))).ravel()
        _, firsts, numbers = numpy.unique(keys, return_index=True, return_inverse=True)
        for one in numpy.flatnonzero(firsts[numbers] != numpy.arange(len(keys))):
            groups.join(int(one), int(firsts[numbers[one]]))
    return [groups.first(one) == one for one in range(len(signatures))]


def texts(source):
    return pyarrow.parquet.read_table(source, columns=["content"])["content"].to_pylist()


def shingles(text):
    words = text.split()
    return [" ".join(words[i:i + 5]) for i in range(max(len(words) - 4, 1))]


def rensa(source):
    from rensa import RMinHash, RMinHashLSH

    lsh = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=16)
    kept = []
    for number, text in enumerate(texts(source)):
        minhash = RMinHash(num_perm=PERMUTATIONS, seed=42)
        minhash.update(shingles(text))
        kept.append(not lsh.query(minhash))
        lsh.insert(number, minhash)
    return kept


def datasketch(source):
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    kept = []
    for number, text in enumerate(texts(source)):
        minhash = MinHash(num_perm=PERMUTATIONS)
        minhash.update_batch([shingle.encode() for shingle in set(shingles(text))])
        kept.append(not lsh.query(minhash))
        if kept[-1]:
            lsh.insert(str(number), minhash)
    return kept


def main(peer, source, target):
    kept = {"daft": daft, "rensa": rensa, "datasketch": datasketch}[peer](source)
    table = pyarrow.parquet.read_table(source)
    pyarrow.parquet.write_table(table.filter(pyarrow.array(kept)), target)


main(*sys.argv[1:])
