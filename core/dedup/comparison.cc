#include "core/dedup/comparison.h"

#include <arrow/buffer.h>

#include <algorithm>

#include "core/dataset/execute.h"

namespace tideway::dedup {
namespace {

// Items that one worker takes at a time, and those that are compared side by side before the
// decision about them is made one by one.
constexpr size_t kItemsAtATime = 8;
constexpr size_t kMostItems = 4096;

void SortOnce(std::vector<uint32_t>& ranks) {
  std::ranges::sort(ranks);
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
}

}  // namespace

Result<Witnesses> Witnesses::Make(uint32_t count, dataset::RunContext& run) {
  Witnesses witnesses;
  ARROW_ASSIGN_OR_RAISE(witnesses.of, ScratchArray<uint32_t>::Make(count, run));
  ARROW_ASSIGN_OR_RAISE(witnesses.similarity, ScratchArray<double>::Make(count, run));
  return witnesses;
}

uint32_t Clusters::FirstOf(uint32_t rank) const {
  while (parents_[rank] != 0) rank = parents_[rank] - 1;
  return rank;
}

void Clusters::Join(uint32_t a, uint32_t b) {
  const uint32_t first_a = FirstOf(a);
  const uint32_t first_b = FirstOf(b);
  const uint32_t first = std::min(first_a, first_b);
  for (uint32_t rank : {a, b}) {
    while (rank != first) {
      const uint32_t next = parents_[rank] == 0 ? first : parents_[rank] - 1;
      parents_[rank] = first + 1;
      rank = next;
    }
  }
}

void Comparison::Item::Offer(uint32_t other, double how_similar) {
  ++counts.similar;
  alike.push_back(other);
  if (how_similar < similarity || (how_similar == similarity && other > witness)) return;
  witness = other;
  similarity = how_similar;
}

Comparison::Comparison(const Documents& documents, const SurvivorOrder& order, Buckets& buckets,
                       const CompareOptions& options, dataset::RunContext& run)
    : documents_(documents), order_(order), buckets_(buckets), options_(options), run_(run) {}

Result<Witnesses> Comparison::Run() {
  const uint32_t count = order_.count();
  ARROW_ASSIGN_OR_RAISE(witnesses_, Witnesses::Make(count, run_));
  ARROW_ASSIGN_OR_RAISE(places_, ScratchArray<Place>::Make(count, run_));
  if (options_.clusters) RETURN_NOT_OK(clusters_.Make(count, run_));
  ARROW_ASSIGN_OR_RAISE(ScratchFolder * scratch, run_.scratch());
  ARROW_ASSIGN_OR_RAISE(sets_, dataset::SpillFile::Create(scratch->NewFile("sets")));
  while (next_ < count) {
    RETURN_NOT_OK(run_.cancel().Check());
    NextItems();
    const size_t blocks = (items_.size() + kItemsAtATime - 1) / kItemsAtATime;
    const auto compare = [&](size_t block) -> Status {
      Shingler shingler(options_.shingles);
      const size_t end = std::min((block + 1) * kItemsAtATime, items_.size());
      for (size_t i = block * kItemsAtATime; i < end; ++i) {
        RETURN_NOT_OK(CompareWithEarlier(items_[i], shingler));
      }
      return Status::OK();
    };
    RETURN_NOT_OK(dataset::ForEachNumber(blocks, compare, run_));
    for (Item& item : items_) Settle(item);
    RETURN_NOT_OK(StoreSets());
  }
  return std::move(witnesses_);
}

std::string_view Comparison::TextOf(uint32_t rank) const {
  return documents_.TextOf(order_.DocumentOf(rank)).value_or(std::string_view());
}

// So many that their sets take no more than a batch of rows for each worker, or one.
void Comparison::NextItems() {
  items_.clear();
  const int64_t most_bytes = run_.batch_bytes() * run_.workers() / 2;
  int64_t bytes = 0;
  for (; next_ < order_.count() && items_.size() < kMostItems && bytes < most_bytes; ++next_) {
    if (!buckets_.TwinOf(next_) && !buckets_.IsCandidate(next_)) continue;
    items_.push_back({.rank = next_, .text = TextOf(next_)});
    bytes += static_cast<int64_t>(items_.back().text.size());
  }
}

bool Comparison::HasWordsOf(uint32_t twin, const Item& item, Shingler& shingler) const {
  const std::string_view text = TextOf(twin);
  return text == item.text || ShinglesOf(text, shingler) == ShinglesOf(item.text, shingler);
}

// Those that were settled before the items.
std::vector<uint32_t> Comparison::KeptBefore(const Item& item) const {
  std::vector<uint32_t> others;
  for (const uint32_t bucket : buckets_.BucketsOf(item.rank)) {
    const auto kept = buckets_.KeptIn(bucket);
    others.insert(others.end(), kept.begin(), kept.end());
  }
  SortOnce(others);
  return others;
}

std::vector<uint32_t> Comparison::KeptItemsBefore(const Item& item) const {
  std::vector<uint32_t> others;
  for (const uint32_t bucket : buckets_.BucketsOf(item.rank)) {
    const auto kept = buckets_.KeptIn(bucket);
    for (auto other = kept.rbegin(); other != kept.rend() && *other >= items_[0].rank; ++other) {
      others.push_back(*other);
    }
  }
  SortOnce(others);
  return others;
}

// Of the ranks from `from` to below `to`.
std::vector<uint32_t> Comparison::GoneBefore(const Item& item, uint32_t from, uint32_t to) const {
  std::vector<uint32_t> others;
  for (const uint32_t bucket : buckets_.BucketsOf(item.rank)) {
    for (const uint32_t other : buckets_.AllIn(bucket)) {
      if (other >= to) break;
      if (other >= from && witnesses_.Goes(other)) others.push_back(other);
    }
  }
  SortOnce(others);
  return others;
}

Result<std::optional<double>> Comparison::SimilarityToEarlier(const Item& item,
                                                              uint32_t other) const {
  const Place& place = places_[other];
  if (!SizesAllow(place.size, item.set.size(), options_.threshold)) return std::nullopt;
  const auto length = static_cast<int64_t>(place.size * sizeof(uint64_t));
  ARROW_ASSIGN_OR_RAISE(const auto bytes, sets_->Map(place.offset, length));
  const std::span set(reinterpret_cast<const uint64_t*>(bytes->data()), place.size);
  return SimilarityFrom(options_.threshold, item.set, set);
}

Status Comparison::CompareWithEarlier(Item& item, Shingler& shingler) const {
  if (const auto twin = buckets_.TwinOf(item.rank)) {
    item.is_twin = HasWordsOf(*twin, item, shingler);
    return Status::OK();
  }
  item.set = ShinglesOf(item.text, shingler);
  if (item.rank < options_.settled) return Status::OK();
  for (const uint32_t other : KeptBefore(item)) {
    ++item.counts.compared;
    ARROW_ASSIGN_OR_RAISE(const auto similarity, SimilarityToEarlier(item, other));
    if (similarity) item.Offer(other, *similarity);
  }
  return options_.clusters ? JoinEarlier(item) : Status::OK();
}

bool Comparison::IsJoined(const Item& item, uint32_t other) const {
  const uint32_t first = clusters_.FirstOf(other);
  return std::ranges::any_of(item.alike,
                             [&](uint32_t one) { return clusters_.FirstOf(one) == first; });
}

// What goes may connect documents too, unless they are connected already.
Status Comparison::JoinEarlier(Item& item) const {
  for (const uint32_t other : GoneBefore(item, 0, items_[0].rank)) {
    if (IsJoined(item, other)) continue;
    ARROW_ASSIGN_OR_RAISE(const auto similarity, SimilarityToEarlier(item, other));
    if (similarity) item.alike.push_back(other);
  }
  return Status::OK();
}

void Comparison::JoinItems(Item& item) {
  for (const uint32_t other : GoneBefore(item, items_[0].rank, item.rank)) {
    if (IsJoined(item, other)) continue;
    if (SimilarityFrom(options_.threshold, item.set, ItemOf(other).set)) {
      item.alike.push_back(other);
    }
  }
  for (const uint32_t other : item.alike) clusters_.Join(item.rank, other);
}

const Comparison::Item& Comparison::ItemOf(uint32_t rank) const {
  return *std::ranges::lower_bound(items_, rank, {}, &Item::rank);
}

void Comparison::CompareWithItems(Item& item) {
  for (const uint32_t rank : KeptItemsBefore(item)) {
    ++item.counts.compared;
    const auto similarity = SimilarityFrom(options_.threshold, item.set, ItemOf(rank).set);
    if (similarity) item.Offer(rank, *similarity);
  }
}

void Comparison::SettleTwin(const Item& item, uint32_t twin) {
  if (!item.is_twin || item.rank < options_.settled) return;
  if (options_.clusters) clusters_.Join(item.rank, twin);
  const bool is_same = twin < options_.settled && options_.is_same &&
                       options_.is_same(order_.DocumentOf(item.rank), order_.DocumentOf(twin));
  if (is_same && read_again_.insert(twin).second) return;
  const bool stays = !witnesses_.Goes(twin);
  witnesses_.Set(item.rank, stays ? twin : witnesses_.Of(twin),
                 stays ? 1 : witnesses_.similarity[twin]);
}

void Comparison::Settle(Item& item) {
  if (const auto twin = buckets_.TwinOf(item.rank)) return SettleTwin(item, *twin);
  if (item.rank >= options_.settled) {
    CompareWithItems(item);
    if (options_.clusters) JoinItems(item);
  }
  counts_.compared += item.counts.compared;
  counts_.similar += item.counts.similar;
  const bool goes = item.similarity > 0;
  item.stays_in_sets = (!goes || options_.clusters) && buckets_.IsNeededLater(item.rank);
  if (goes) {
    witnesses_.Set(item.rank, item.witness, item.similarity);
  } else {
    buckets_.Keep(item.rank);
  }
}

Status Comparison::StoreSets() {
  std::vector<std::shared_ptr<arrow::Buffer>> sets;
  std::vector<uint32_t> ranks;
  for (const Item& item : items_) {
    if (!item.stays_in_sets) continue;
    sets.push_back(arrow::Buffer::Wrap(item.set));
    ranks.push_back(item.rank);
  }
  if (sets.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(int64_t offset, sets_->Append(sets));
  for (size_t i = 0; i < sets.size(); ++i) {
    places_[ranks[i]] = {offset, static_cast<uint64_t>(sets[i]->size()) / sizeof(uint64_t)};
    offset += sets[i]->size();
  }
  return Status::OK();
}

}  // namespace tideway::dedup
