#include "core/dataset/op/part_ends.h"

#include <algorithm>

#include "core/base/hash.h"

namespace tideway::dataset {
namespace {

constexpr size_t kCellsMax = size_t{1} << 20;

}  // namespace

PartEnds::PartEnds(const Strata& strata, const std::vector<std::vector<int64_t>>& spread,
                   const BatchStore& rows, uint64_t seed)
    : strata_(strata), rows_(rows), seed_(seed), parts_(spread[0].size()) {
  while (bits_ > 0 && (spread.size() << bits_) > kCellsMax) --bits_;
  for (const auto& sizes : spread) {
    int64_t rank = 0;
    for (const int64_t size : sizes) {
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

Status PartEnds::Find() {
  counts_.assign(strata_.rows().size() << bits_, 0);
  RETURN_NOT_OK(
      EachRow([this](size_t stratum, uint64_t hash) { ++counts_[CellOf(stratum, hash)]; }));
  ChooseCells();
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
