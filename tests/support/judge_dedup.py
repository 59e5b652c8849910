"""What near-duplicates are, by the definition and nothing else: all pairs of documents whose sets of word 5-grams have
at least a Jaccard index. Exact, and slow: every pair that has a common shingle among the rarest is compared."""

import collections
import re

WORD = re.compile(r"\w+")


def shingles(text, n=5):
    """The set of runs of n words; of all words where there are fewer; none where there are none."""
    words = WORD.findall(text)
    if not words:
        return frozenset()
    if len(words) < n:
        return frozenset([tuple(words)])
    return frozenset(zip(*(words[i:] for i in range(n))))


def jaccard(a, b):
    return len(a & b) / len(a | b) if a and b else 0.0


def similar_pairs(sets, threshold):
    """Pairs (i, j) with i < j and their index. Two sets that alike have a common shingle among the first
    |set| - ceil(threshold * |set|) + 1 of each, rarest first, so that only such pairs need be looked at."""
    counts = collections.Counter(shingle for one in sets for shingle in one)
    holders = collections.defaultdict(list)
    pairs = {}
    for j, one in enumerate(sets):
        rarest = sorted(one, key=lambda shingle: (counts[shingle], shingle))
        needed = len(one) - int(threshold * len(one)) + 1
        seen = {i for shingle in rarest[:needed] for i in holders[shingle]}
        for i in seen:
            if (index := jaccard(sets[i], one)) >= threshold:
                pairs[i, j] = index
        for shingle in rarest[:needed]:
            if counts[shingle] > 1:
                holders[shingle].append(j)
    return pairs


def quality_of_kept(pairs, removed):
    """Where witnesses are not told: a removal is right when it is similar to any document that was kept. Recall is the
    share that was removed of the documents with an earlier duplicate, and of those with one that was kept."""
    alike = collections.defaultdict(set)
    earlier = collections.defaultdict(set)
    for i, j in pairs:
        alike[i].add(j)
        alike[j].add(i)
        earlier[j].add(i)
    right = sum(any(other not in removed for other in alike[one]) for one in removed)
    with_kept = [j for j, others in earlier.items() if any(i not in removed for i in others)]
    return {
        "precision": right / max(len(removed), 1),
        "recall": sum(j in removed for j in earlier) / max(len(earlier), 1),
        "recall_of_kept": sum(j in removed for j in with_kept) / max(len(with_kept), 1),
        "removed": len(removed), "with_earlier": len(earlier),
    }


def quality(sets, pairs, removed, threshold):
    """The same where `removed` gives the witness of each document: a removal is right when that one was kept and is
    similar."""
    figures = quality_of_kept(pairs, set(removed))
    right = sum(witness not in removed and jaccard(sets[one], sets[witness]) >= threshold
                for one, witness in removed.items())
    return {**figures, "precision": right / max(len(removed), 1)}
