#include "core/dataset/op/group_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <unordered_set>

#include "core/dataset/op/part_assignment.h"
#include "core/dataset/op/split_sizes.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

constexpr size_t kCountersMax = size_t{1} << 20;
constexpr int kAllBits = 18;
constexpr int kAllShift = 64 - kAllBits;
constexpr int64_t kLargeMax = 1 << 16;
constexpr int64_t kFreeBytes = 24 << 20;
constexpr int64_t kCellBytes = 64;

// By how much chi-squared falls when a cell of a table that should hold `wanted` rows, and has
// `placed`, gets `rows` more.
double Gain(double wanted, double placed, double rows) {
  return (2 * (wanted - placed) - rows) * rows / std::max(wanted, 1.0);
}

// The least rows of a stratum in a group that make it large.
int64_t LargeFrom(int64_t stratum_rows, size_t strata) {
  const int64_t most = std::max<int64_t>(1, kLargeMax / static_cast<int64_t>(strata));
  return std::max<int64_t>(1, (stratum_rows + most - 1) / most);
}

}  // namespace

GroupParts::GroupParts(const Strata& strata, const RowHashes& groups, RunContext& run)
    : strata_(strata), groups_(groups), run_(run), memory_(run.shared_budget(), kFreeBytes) {
  while (bits_ > 0 && (strata.rows().size() << bits_) > kCountersMax) --bits_;
}

template <typename Function>
Status GroupParts::EachRow(Function&& function) const {
  for (int64_t i = 0; i < groups_.batches(); ++i) {
    RETURN_NOT_OK(run_.cancel().Check());
    ARROW_ASSIGN_OR_RAISE(const auto codes, strata_.Codes(i));
    ARROW_ASSIGN_OR_RAISE(const auto groups, groups_.Of(i));
    for (size_t row = 0; row < groups.size(); ++row) {
      RETURN_NOT_OK(function(Cell{groups[row], codes.empty() ? uint16_t{0} : codes[row]}));
    }
  }
  return Status::OK();
}

Status GroupParts::Place(const std::vector<int64_t>& sizes) {
  const int64_t rows = std::reduce(strata_.rows().begin(), strata_.rows().end());
  std::vector<int64_t> all = sizes;
  all.push_back(rows - std::reduce(sizes.begin(), sizes.end()));
  parts_ = all.size();
  const auto spread = SpreadOverStrata(strata_.rows(), all);
  for (size_t part = 0; part < parts_; ++part) {
    std::vector<double>& wanted = wanted_.emplace_back();
    for (const auto& in_stratum : spread) wanted.push_back(static_cast<double>(in_stratum[part]));
    wanted.push_back(static_cast<double>(all[part]));
    placed_.emplace_back(wanted.size());
  }
  RETURN_NOT_OK(CountHashes());
  RETURN_NOT_OK(FindLarge());
  PlaceLarge();
  return EndSmall();
}

uint8_t GroupParts::PartOf(uint64_t group) const {
  const auto large = part_of_large_.find(group);
  if (large != part_of_large_.end()) return large->second;
  const auto end = std::ranges::upper_bound(ends_, std::min(group, UINT64_MAX - 1));
  return end == ends_.end() ? kNoPart : static_cast<uint8_t>(end - ends_.begin());
}

Status GroupParts::CountHashes() {
  counts_.assign(strata_.rows().size() << bits_, 0);
  all_counts_.assign(size_t{1} << kAllBits, 0);
  return EachRow([this](const Cell& cell) {
    ++counts_[CounterOf(cell)];
    ++all_counts_[cell.group >> kAllShift];
    return Status::OK();
  });
}

Status GroupParts::Add(CellRows& cells, const Cell& cell) {
  const auto [entry, added] = cells.emplace(cell, 0);
  ++entry->second;
  if (!added || memory_.TryReserve(kCellBytes)) return Status::OK();
  return memory_.Exhausted("split: no memory to place the groups")
      .Hint("stratify by a column with fewer values, or raise --memory");
}

// Looks for the large groups where many rows of a stratum have hashes that begin alike.
Status GroupParts::FindLarge() {
  const auto large_from = [this](const Cell& cell) {
    return LargeFrom(strata_.rows()[cell.stratum], strata_.rows().size());
  };
  CellRows candidates;
  RETURN_NOT_OK(EachRow([&](const Cell& cell) {
    return counts_[CounterOf(cell)] < large_from(cell) ? Status::OK() : Add(candidates, cell);
  }));
  std::unordered_set<uint64_t> large;
  for (const auto& [cell, rows] : candidates) {
    if (rows >= large_from(cell)) large.insert(cell.group);
  }
  CellRows cells;
  RETURN_NOT_OK(EachRow([&](const Cell& cell) {
    return large.contains(cell.group) ? Add(cells, cell) : Status::OK();
  }));
  MakeGroups(cells);
  std::vector<int64_t>().swap(counts_);
  return Status::OK();
}

// The groups of `cells`, in the order in which they are placed.
void GroupParts::MakeGroups(const CellRows& cells) {
  std::vector<std::pair<Cell, int64_t>> sorted(cells.begin(), cells.end());
  std::ranges::sort(sorted);
  for (const auto& [cell, rows] : sorted) {
    if (large_.empty() || large_.back().hash != cell.group) large_.push_back({.hash = cell.group});
    Group& group = large_.back();
    group.rows += rows;
    group.strata.emplace_back(cell.stratum, rows);
    all_counts_[cell.group >> kAllShift] -= rows;
  }
  std::ranges::sort(large_, [](const Group& a, const Group& b) {
    return std::tie(b.rows, a.hash) < std::tie(a.rows, b.hash);
  });
}

size_t GroupParts::BestPart(const Group& group, bool fill_empty) const {
  const size_t total = strata_.rows().size();
  size_t best = 0;
  double best_gain = -std::numeric_limits<double>::infinity();
  for (size_t part = 0; part < parts_; ++part) {
    const bool none = part + 1 == parts_;
    if (wanted_[part][total] == 0 || (fill_empty && (none || placed_[part][total] > 0))) continue;
    double gain = Gain(wanted_[part][total], placed_[part][total], static_cast<double>(group.rows));
    for (const auto& [stratum, rows] : group.strata) {
      gain += Gain(wanted_[part][stratum], placed_[part][stratum], static_cast<double>(rows));
    }
    if (gain <= best_gain) continue;
    best = part;
    best_gain = gain;
  }
  return best;
}

void GroupParts::PlaceLarge() {
  const size_t total = strata_.rows().size();
  const bool all_large = std::ranges::all_of(all_counts_, [](int64_t rows) { return rows == 0; });
  for (size_t i = 0; i < large_.size(); ++i) {
    size_t empty = 0;
    for (size_t part = 0; part + 1 < parts_; ++part) {
      empty += wanted_[part][total] > 0 && placed_[part][total] == 0;
    }
    const size_t part = BestPart(large_[i], all_large && empty > 0 && large_.size() - i <= empty);
    placed_[part][total] += static_cast<double>(large_[i].rows);
    for (const auto& [stratum, rows] : large_[i].strata) {
      placed_[part][stratum] += static_cast<double>(rows);
    }
    part_of_large_[large_[i].hash] = part + 1 == parts_ ? kNoPart : static_cast<uint8_t>(part);
  }
}

// By part: how many rows of small groups come up to where it ends.
std::vector<int64_t> GroupParts::SmallTargets() const {
  const size_t total = strata_.rows().size();
  const int64_t rows = std::reduce(all_counts_.begin(), all_counts_.end());
  std::vector<double> missing;
  for (size_t part = 0; part < parts_; ++part) {
    missing.push_back(std::max(0.0, wanted_[part][total] - placed_[part][total]));
  }
  const double all = std::reduce(missing.begin(), missing.end());
  std::vector<int64_t> targets;
  double up_to = 0;
  for (const double part : missing) {
    up_to += part;
    targets.push_back(up_to >= all ? rows : std::llround(static_cast<double>(rows) * up_to / all));
  }
  return targets;
}

// Where the counters reach each target.
std::vector<GroupParts::Near> GroupParts::NearTargets(const std::vector<int64_t>& targets) const {
  std::vector<Near> near;
  int64_t rows = 0;
  uint64_t counter = 0;
  for (const int64_t target : targets) {
    while (rows + all_counts_[counter] < target) rows += all_counts_[counter++];
    near.push_back({counter, rows});
  }
  return near;
}

// The small groups that `near` counts, by hash.
Result<std::vector<std::pair<uint64_t, int64_t>>> GroupParts::SmallGroups(
    const std::vector<Near>& near) {
  CellRows cells;
  RETURN_NOT_OK(EachRow([&](const Cell& cell) {
    const bool counted =
        std::ranges::binary_search(near, cell.group >> kAllShift, {}, &Near::counter);
    if (!counted || part_of_large_.contains(cell.group)) return Status::OK();
    return Add(cells, {cell.group, 0});
  }));
  std::vector<std::pair<uint64_t, int64_t>> groups;
  for (const auto& [cell, rows] : cells) groups.emplace_back(cell.group, rows);
  std::ranges::sort(groups);
  return groups;
}

// Ends each part with the group that brings it nearest to its target.
Status GroupParts::EndSmall() {
  std::vector<int64_t> targets = SmallTargets();
  targets.pop_back();
  const std::vector<Near> near = NearTargets(targets);
  ARROW_ASSIGN_OR_RAISE(const auto groups, SmallGroups(near));
  const int64_t all = std::reduce(all_counts_.begin(), all_counts_.end());
  for (size_t part = 0; part < targets.size(); ++part) {
    const uint64_t counter = near[part].counter;
    auto group = std::ranges::lower_bound(groups, std::pair(counter << kAllShift, int64_t{0}));
    const auto inside = [&] {
      return group != groups.end() && group->first >> kAllShift == counter;
    };
    int64_t rows = near[part].rows_before;
    while (inside() && 2 * (targets[part] - rows) > group->second) rows += (group++)->second;
    const bool last = counter + 1 == all_counts_.size();
    const uint64_t next = last ? UINT64_MAX : (counter + 1) << kAllShift;
    ends_.push_back(targets[part] == all ? UINT64_MAX : inside() ? group->first : next);
  }
  std::vector<int64_t>().swap(all_counts_);
  return Status::OK();
}

}  // namespace tideway::dataset
