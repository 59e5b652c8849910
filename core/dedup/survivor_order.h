// Which of equal or similar documents stays: the first in an order that the script chooses.
//
// Threads: const methods from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/dataset/run_context.h"
#include "core/dedup/scratch_array.h"

namespace tideway::dedup {

struct Keep {
  enum class Rule {
    kLongest,  // most bytes of text
    kMost,     // the greatest value of a column; null comes last
    kFirst,    // in the order of the rows
  };
  Rule rule = Rule::kLongest;
  std::string column = {};  // of kMost
};

// What a document is ordered by, the least first: so that the order does not depend on that of the
// rows, equal ones follow by the hash of their text, then by the hash of their name.
struct SurvivorKey {
  uint64_t priority;
  uint64_t text_hash;
  uint64_t name_hash;
};

// The rank of each document, 0 for the first, and the document of each rank.
class SurvivorOrder {
 public:
  // The order of the rows.
  static SurvivorOrder OfRows(uint32_t count);
  // The first `fixed` documents come first, in the order of their rows; the others by key, equal
  // ones in the order of their rows. `keys` are those of the others.
  static Result<SurvivorOrder> Make(ScratchArray<SurvivorKey> keys, uint32_t fixed,
                                    dataset::RunContext& run);

  uint32_t count() const { return count_; }
  uint32_t RankOf(uint32_t document) const {
    return ranks_.size() == 0 ? document : ranks_[document];
  }
  uint32_t DocumentOf(uint32_t rank) const {
    return documents_.size() == 0 ? rank : documents_[rank];
  }

 private:
  uint32_t count_ = 0;
  ScratchArray<uint32_t> ranks_;      // empty: each document's number
  ScratchArray<uint32_t> documents_;  // likewise
};

}  // namespace tideway::dedup
