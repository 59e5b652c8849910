#include "core/dataset/op/part_ends.h"

#include <algorithm>

#include "core/base/hash.h"
#include "core/dataset/op/split_sizes.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

constexpr size_t kCellsMax = size_t{1} << 20;
constexpr size_t kCellBytes = sizeof(int64_t) + sizeof(int32_t);
// The counts of a split without strata, and more.
constexpr int64_t kFreeBytes = 16 << 20;
// An end, its size while that is computed, and a list of hashes.
constexpr size_t kEndBytes = 40 + 8 + 24;

}  // namespace

PartEnds::PartEnds(const Strata& strata, const BatchStore& rows, uint64_t seed, RunContext& run)
    : strata_(strata), rows_(rows), seed_(seed), memory_(run.shared_budget(), kFreeBytes) {}

Status PartEnds::Reserve(int64_t bytes) {
  if (memory_.TryReserve(bytes)) return Status::OK();
  return memory_.Exhausted("split: no memory to place the parts")
      .Hint("stratify by a column with fewer values, make fewer parts, or raise --memory");
}

// How many rows of each stratum come up to each end.
void PartEnds::PlaceEnds(const std::vector<int64_t>& sizes) {
  for (const auto& spread : SpreadOverStrata(strata_.rows(), sizes)) {
    int64_t rank = 0;
    for (const int64_t size : spread) {
      End& end = ends_.emplace_back();
      end.rank = rank += size;
      end.empty = rank == 0;
    }
  }
}

template <typename Function>
Status PartEnds::EachRow(Function&& function) const {
  uint64_t position = 0;
  for (int64_t i = 0; i < rows_.batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto codes, strata_.Codes(i));
    const auto rows = static_cast<size_t>(rows_.batch_rows(i));
    for (size_t row = 0; row < rows; ++row) {
      function(codes.empty() ? size_t{0} : codes[row], Mix64(position++, seed_));
    }
  }
  return Status::OK();
}

// For each end its cell, and its rank among the hashes there.
void PartEnds::ChooseCells() {
  slots_.assign(counts_.size(), -1);
  for (size_t i = 0; i < ends_.size(); ++i) {
    End& end = ends_[i];
    if (end.empty) continue;
    end.cell = (i / parts_) << bits_;
    end.rank_in_cell = end.rank;
    while (counts_[end.cell] < end.rank_in_cell) end.rank_in_cell -= counts_[end.cell++];
    if (slots_[end.cell] >= 0) continue;
    slots_[end.cell] = static_cast<int32_t>(hashes_.size());
    hashes_.emplace_back();
  }
}

// Room in each chosen cell for its rows.
Status PartEnds::ReserveHashes() {
  int64_t rows = 0;
  for (size_t cell = 0; cell < slots_.size(); ++cell) {
    if (slots_[cell] >= 0) rows += counts_[cell];
  }
  RETURN_NOT_OK(Reserve(rows * static_cast<int64_t>(sizeof(uint64_t))));
  for (size_t cell = 0; cell < slots_.size(); ++cell) {
    if (slots_[cell] < 0) continue;
    hashes_[static_cast<size_t>(slots_[cell])].reserve(static_cast<size_t>(counts_[cell]));
  }
  return Status::OK();
}

Status PartEnds::Find(const std::vector<int64_t>& sizes) {
  const size_t strata = strata_.rows().size();
  parts_ = sizes.size();
  while (bits_ > 0 && (strata << bits_) > kCellsMax) --bits_;
  const size_t cells = strata << bits_;
  RETURN_NOT_OK(Reserve(static_cast<int64_t>(strata * parts_ * kEndBytes + cells * kCellBytes)));
  ends_.reserve(strata * parts_);
  PlaceEnds(sizes);
  counts_.assign(cells, 0);
  RETURN_NOT_OK(
      EachRow([this](size_t stratum, uint64_t hash) { ++counts_[CellOf(stratum, hash)]; }));
  ChooseCells();
  RETURN_NOT_OK(ReserveHashes());
  RETURN_NOT_OK(EachRow([this](size_t stratum, uint64_t hash) {
    const int32_t slot = slots_[CellOf(stratum, hash)];
    if (slot >= 0) hashes_[static_cast<size_t>(slot)].push_back(hash);
  }));
  for (auto& hashes : hashes_) std::sort(hashes.begin(), hashes.end());
  for (End& end : ends_) {
    if (end.empty) continue;
    const auto& hashes = hashes_[static_cast<size_t>(slots_[end.cell])];
    end.last = hashes[static_cast<size_t>(end.rank_in_cell - 1)];
  }
  counts_ = {};
  slots_ = {};
  hashes_ = {};
  return Status::OK();
}

}  // namespace tideway::dataset
