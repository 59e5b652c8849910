// Where the parts of a split end in each stratum, in the order of the rows' hashes.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/dataset/held_memory.h"
#include "core/dataset/op/strata.h"

namespace tideway::dataset {

// Two passes over hashes and stratum codes, never over the rows: counts by the hash's leading bits,
// then the few hashes in the ranges where a part ends. Memory: 12 MB for
// the counts, 72 bytes for each part of each stratum, 8 for each of those few hashes; what is above
// 16 MiB is taken from the run's budget. Threads: Find() on one thread, then PartOf() from any.
class PartEnds {
 public:
  // All must outlive Find(), but for `run`, which must outlive the object.
  PartEnds(const Strata& strata, const BatchStore& rows, uint64_t seed, RunContext& run);
  // For parts of these sizes, each of which then keeps so many of its rows, spread over the strata
  // as the part is: those with the smallest hashes. An error of kind memory when the budget does
  // not hold what is needed.
  struct Size {
    int64_t rows;
    int64_t kept;
  };
  Status Find(const std::vector<Size>& sizes);

  // The part of a row with this hash; kNoPart (part_assignment.h) when it is in none.
  uint8_t PartOf(size_t stratum, uint64_t hash) const {
    const End* ends = &ends_[stratum * pieces_.size()];
    for (size_t piece = 0; piece < pieces_.size(); ++piece) {
      if (!ends[piece].empty && hash <= ends[piece].last) return pieces_[piece];
    }
    return UINT8_MAX;
  }

 private:
  // Where a part ends, or what is left out of it.
  struct End {
    int64_t rank = 0;    // how many rows of the stratum come up to here
    bool empty = false;  // none
    uint64_t last = 0;   // the hash of the last of them
    size_t cell = 0;     // where that hash is counted,
    int64_t rank_in_cell = 0;
  };

  size_t CellOf(size_t stratum, uint64_t hash) const {
    return (stratum << bits_) | (bits_ == 0 ? 0 : static_cast<size_t>(hash >> (64 - bits_)));
  }
  template <typename Function>
  Status EachRow(Function&& function) const;
  void PlaceEnds(const std::vector<Size>& sizes);
  Status Reserve(int64_t bytes);
  void ChooseCells();
  Status ReserveHashes();

  const Strata& strata_;
  const BatchStore& rows_;
  const uint64_t seed_;
  RunContext& run_;
  HeldMemory memory_;
  int bits_ = 16;
  std::vector<uint8_t> pieces_;  // the part of each, in the order of hashes
  std::vector<End> ends_;        // by stratum and piece
  std::vector<int64_t> counts_;  // rows by cell
  std::vector<int32_t> slots_;   // by cell: its place in hashes_, or -1
  std::vector<std::vector<uint64_t>> hashes_;
};

}  // namespace tideway::dataset
