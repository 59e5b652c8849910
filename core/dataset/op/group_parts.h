// Which part of a split each group of rows goes to, so that no group is in two, and sizes and
// classes come as near to what was asked as that allows.
//
// A group is a hash: what hashes alike stays together. Groups that hold at least S / 65,536 of the
// rows of one of S strata are placed one by one, the greatest first, equal ones by hash: each into
// the part whose rows, and rows of each stratum, it brings nearest to what they should be, by
// Pearson's chi-squared statistic. (StratifiedGroupKFold of scikit-learn does so with the standard
// deviation, for parts of equal size.) Where strata have no more than 65,536 / S rows that is all
// of them. The small ones, among which no one group matters, fill up what is missing part by part,
// in the order of their hashes.
//
// Rows in no part are one more part here. Where all groups are placed one by one, no other part is
// empty as long as there are so many groups.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/dataset/held_memory.h"
#include "core/dataset/op/row_hashes.h"
#include "core/dataset/op/strata.h"

namespace tideway::dataset {

// Four passes over hashes and stratum codes, never over the rows. Memory: 10 MiB of counts, and 64
// bytes for each stratum of each large group; what is above 24 MiB is taken from the run's budget.
// Threads: Place() on one thread, then PartOf() from any.
class GroupParts {
 public:
  // Both must outlive Place(), `run` the object. At least one row.
  GroupParts(const Strata& strata, const RowHashes& groups, RunContext& run);
  // For parts that should have these sizes. An error of kind memory when the budget does not hold
  // what is needed.
  Status Place(const std::vector<int64_t>& sizes);
  // The part of a group; kNoPart (part_assignment.h) when it is in none.
  uint8_t PartOf(uint64_t group) const;

 private:
  struct Cell {
    uint64_t group;
    uint16_t stratum;
    auto operator<=>(const Cell&) const = default;
  };
  struct CellHash {
    size_t operator()(const Cell& cell) const {
      return static_cast<size_t>(cell.group ^ (uint64_t{cell.stratum} * 0x9e3779b97f4a7c15ULL));
    }
  };
  using CellRows = std::unordered_map<Cell, int64_t, CellHash>;
  struct Group {
    uint64_t hash = 0;
    int64_t rows = 0;
    std::vector<std::pair<uint16_t, int64_t>> strata = {};  // and the rows there
  };

  size_t CounterOf(const Cell& cell) const {
    const size_t bits = bits_ == 0 ? 0 : static_cast<size_t>(cell.group >> (64 - bits_));
    return (size_t{cell.stratum} << bits_) | bits;
  }
  template <typename Function>
  Status EachRow(Function&& function) const;
  Status CountHashes();
  Status Add(CellRows& cells, const Cell& cell);
  Status FindLarge();
  void MakeGroups(const CellRows& cells);
  void PlaceLarge();
  size_t BestPart(const Group& group, bool fill_empty) const;
  // A counter of all_counts_, and the rows in those before it.
  struct Near {
    uint64_t counter;
    int64_t rows_before;
  };
  std::vector<int64_t> SmallTargets() const;
  std::vector<Near> NearTargets(const std::vector<int64_t>& targets) const;
  Result<std::vector<std::pair<uint64_t, int64_t>>> SmallGroups(const std::vector<Near>& near);
  Status EndSmall();

  const Strata& strata_;
  const RowHashes& groups_;
  RunContext& run_;
  HeldMemory memory_;
  int bits_ = 20;
  std::vector<int64_t> counts_;      // rows by stratum and leading bits of the hash
  std::vector<int64_t> all_counts_;  // rows by leading bits, of all strata
  std::vector<Group> large_;
  // By part, the last for rows in none: what it should have and what is placed in it, by stratum,
  // and of all strata behind the last.
  std::vector<std::vector<double>> wanted_;
  std::vector<std::vector<double>> placed_;
  size_t parts_ = 0;
  std::unordered_map<uint64_t, uint8_t> part_of_large_;
  std::vector<uint64_t> ends_;  // by part: the first hash of a small group that is not in it
};

}  // namespace tideway::dataset
