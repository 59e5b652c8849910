"""Near-duplicates at Jaccard 0.85, word 5-grams, 256 permutations, Parquet to Parquet, ours with every pair verified.

The peers do not verify, so the outputs differ: the check prints the quality of each on a part, against all pairs by
exact Jaccard, and fails when ours is below recall 0.97 or precision 0.999.
"""

import pathlib
import sys

import pyarrow.parquet

import corpus
import harness
import inputs

ROOT = pathlib.Path(__file__).resolve().parents[1]
PEERS_PYTHON = ROOT / ".deps" / "peers" / "bin" / "python"
THRESHOLD = 0.85
JUDGED_MB = 100
PART_MB = 200


def quality_of(source, outputs):
    """By side: precision and recall, over documents with an earlier duplicate, and over those with one that stays."""
    sys.path.append(str(ROOT / "tests" / "support"))
    import judge_dedup

    table = pyarrow.parquet.read_table(source, columns=["path", "content"])
    paths = table["path"].to_pylist()
    sets = [judge_dedup.shingles(text) for text in table["content"].to_pylist()]
    pairs = judge_dedup.similar_pairs(sets, THRESHOLD)
    print(f"  quality on {JUDGED_MB} MB, {len(paths)} files:   removed  precision  recall  recall, earlier one stays")
    for side, output in outputs.items():
        kept = set(pyarrow.parquet.read_table(output, columns=["path"])["path"].to_pylist())
        removed = {number for number, path in enumerate(paths) if path not in kept}
        figures = judge_dedup.quality_of_kept(pairs, removed)
        print(f"    {side:34} {len(removed):9} {figures['precision']:10.4f} {figures['recall']:7.4f}"
              f" {figures['recall_of_kept']:7.4f}")
        if side == "tideway" and (figures["recall"] < 0.97 or figures["precision"] < 0.999):
            raise SystemExit("near_dedup: quality is below what was promised")


def sides_of(tideway, work, source, peers, **options):
    return harness.file_sides(tideway, work, "near_dedup", source, peers, PEERS_PYTHON, **options)


def main(tideway, work):
    judged = inputs.made(corpus.sources, tideway, work, JUDGED_MB)
    sides, outputs = sides_of(tideway, work, judged, ["daft", "rensa", "datasketch"])
    for side in sides:
        harness.measure(side)
    harness.apart(lambda: quality_of(judged, outputs))
    part = inputs.made(corpus.sources, tideway, work, PART_MB)
    sides, _ = sides_of(tideway, work, part, ["daft", "rensa", "datasketch"])
    harness.run(f"near-dedup of {PART_MB} MB of sources", sides, lambda: None, runs=2)
    sides, _ = sides_of(tideway, work, judged, ["text_dedup", "datatrove"], script="near_dedup_frameworks.py")
    harness.run(f"near-dedup of {JUDGED_MB} MB of sources", sides, lambda: None, runs=1)
    whole = inputs.made(corpus.sources, tideway, work, 0)
    sides, outputs = sides_of(tideway, work, whole, ["daft"], memories=["8GiB"])
    harness.run("near-dedup of all sources, 2.3 GB", sides, lambda: None, runs=3)
    harness.print_floor("read and write the written bytes", [outputs["tideway"]])
