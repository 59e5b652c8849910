// Near-duplicates: documents whose sets of shingles have at least a Jaccard index, found by MinHash
// and verified on the whole sets. comparison.h has the rule of what goes.
#pragma once

#include "core/dedup/banding.h"
#include "core/dedup/deduplication.h"

namespace tideway::dedup {

struct NearOptions {
  DedupOptions common;
  double threshold = 0.85;  // above 0, up to 1
  ShingleOptions shingles = {};
  Banding banding = {};
  bool clusters = false;  // for MakeTagged()
};

// `index` are the rows of an earlier run that stay whatever they are like, with the columns of
// texts and names; may be null. Errors of kind usage: a number out of its range, an index without
// id.
Result<DeduplicationPtr> MakeNear(dataset::NodePtr input, dataset::NodePtr index,
                                  NearOptions options);

}  // namespace tideway::dedup
