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
    : strata_(strata),
      rows_(rows),
      seed_(seed),
      run_(run),
      memory_(run.shared_budget(), kFreeBytes) {}

Status PartEnds::Reserve(int64_t bytes) {
  if (memory_.TryReserve(bytes)) return Status::OK();
  return memory_.Exhausted("split: no memory to place the parts")
      .Hint("stratify by a column with fewer values, make fewer parts, or raise --memory");
}

// How many rows of each stratum come up to each end.
void PartEnds::PlaceEnds(const std::vector<Size>& sizes) {
  std::vector<int64_t> rows;
  for (const Size& size : sizes) rows.push_back(size.rows);
  const auto spread = SpreadOverStrata(strata_.rows(), rows);
  std::vector<int64_t> ranks(spread.size());
  size_t piece = 0;
  const auto place = [&](size_t stratum, int64_t size) {
    End& end = ends_[stratum * pieces_.size() + piece];
    end.rank = ranks[stratum] += size;
    end.empty = end.rank == 0;
  };
  for (size_t part = 0; part < sizes.size(); ++part, ++piece) {
    std::vector<int64_t> in_part;
    for (const auto& parts : spread) in_part.push_back(parts[part]);
    const auto kept = SpreadOverStrata(in_part, {sizes[part].kept});
    for (size_t stratum = 0; stratum < kept.size(); ++stratum) place(stratum, kept[stratum][0]);
    if (sizes[part].kept == sizes[part].rows) continue;
    ++piece;
    for (size_t stratum = 0; stratum < kept.size(); ++stratum) {
      place(stratum, in_part[stratum] - kept[stratum][0]);
    }
  }
}

template <typename Function>
Status PartEnds::EachRow(Function&& function) const {
  uint64_t position = 0;
  for (int64_t i = 0; i < rows_.batches(); ++i) {
    RETURN_NOT_OK(run_.cancel().Check());
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
    end.cell = (i / pieces_.size()) << bits_;
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

Status PartEnds::Find(const std::vector<Size>& sizes) {
  const size_t strata = strata_.rows().size();
  for (size_t part = 0; part < sizes.size(); ++part) {
    pieces_.push_back(static_cast<uint8_t>(part));
    if (sizes[part].kept < sizes[part].rows) pieces_.push_back(UINT8_MAX);
  }
  while (bits_ > 0 && (strata << bits_) > kCellsMax) --bits_;
  const size_t cells = strata << bits_;
  const size_t ends = strata * pieces_.size();
  RETURN_NOT_OK(Reserve(static_cast<int64_t>(ends * kEndBytes + cells * kCellBytes)));
  ends_.resize(ends);
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
  std::vector<int64_t>().swap(counts_);
  std::vector<int32_t>().swap(slots_);
  std::vector<std::vector<uint64_t>>().swap(hashes_);
  return Status::OK();
}

}  // namespace tideway::dataset
