#include "core/dedup/buckets.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "core/dataset/execute.h"

namespace tideway::dedup {
namespace {

using dataset::BatchStore;
using dataset::RunContext;

// Members of buckets one after another, and whether each is the first of its bucket.
dataset::SchemaPtr FoundSchema() {
  return arrow::schema(
      {arrow::field("rank", arrow::uint32(), false), arrow::field("first", arrow::uint8(), false)});
}

struct Found {
  std::vector<uint32_t> ranks;
  std::vector<uint8_t> firsts;
};

dataset::BatchPtr FoundBatch(Found found) {
  const auto rows = static_cast<int64_t>(found.ranks.size());
  return arrow::RecordBatch::Make(FoundSchema(), rows,
                                  {std::make_shared<arrow::UInt32Array>(
                                       rows, arrow::Buffer::FromVector(std::move(found.ranks))),
                                   std::make_shared<arrow::UInt8Array>(
                                       rows, arrow::Buffer::FromVector(std::move(found.firsts)))});
}

// Runs of equal tags, of two or more.
Found RunsOf(std::vector<uint64_t>& tagged_ranks) {
  std::ranges::sort(tagged_ranks);
  Found found;
  for (size_t first = 0, end = 0; first < tagged_ranks.size(); first = end) {
    const uint64_t tag = tagged_ranks[first] >> 32;
    while (end < tagged_ranks.size() && tagged_ranks[end] >> 32 == tag) ++end;
    if (end - first == 1) continue;
    for (size_t i = first; i < end; ++i) {
      found.ranks.push_back(static_cast<uint32_t>(tagged_ranks[i]));
      found.firsts.push_back(i == first ? 1 : 0);
    }
  }
  return found;
}

}  // namespace

Result<Buckets> Buckets::Make(const BucketSource& source, bool all_members, RunContext& run) {
  Buckets buckets;
  const size_t count = source.order.count();
  ARROW_ASSIGN_OR_RAISE(buckets.twins_, ScratchArray<uint32_t>::Make(count, run));
  ARROW_ASSIGN_OR_RAISE(buckets.begins_, ScratchArray<uint64_t>::Make(count + 1, run));
  RETURN_NOT_OK(buckets.FindTwins(source, run));
  ARROW_ASSIGN_OR_RAISE(const auto found, BatchStore::Create(FoundSchema(), run));
  RETURN_NOT_OK(buckets.FindMembers(source, *found, run));
  RETURN_NOT_OK(buckets.Fill(*found, run));
  if (all_members) {
    const size_t members = buckets.members_.size();
    ARROW_ASSIGN_OR_RAISE(buckets.all_members_, ScratchArray<uint32_t>::Make(members, run));
    std::ranges::copy(buckets.members_.values(), buckets.all_members_.values().begin());
  }
  return buckets;
}

Status Buckets::FindTwins(const BucketSource& source, RunContext& run) {
  const size_t per_band = source.bands.units_per_band();
  const size_t first_unit = source.bands.units() - per_band;
  std::atomic<uint64_t> twins = 0;
  const auto find = [&](size_t unit) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto records, source.bands.Read(first_unit + unit));
    struct Whole {
      uint64_t hash;
      uint32_t rank;
      auto operator<=>(const Whole&) const = default;
    };
    std::vector<Whole> wholes;
    wholes.reserve(records.size());
    for (const auto& record : records) {
      wholes.push_back(
          {source.whole_hashes[record.document], source.order.RankOf(record.document)});
    }
    std::ranges::sort(wholes);
    for (size_t i = 1, first = 0; i < wholes.size(); ++i) {
      if (wholes[i].hash != wholes[first].hash) {
        first = i;
        continue;
      }
      twins_[wholes[i].rank] = wholes[first].rank + 1;
      ++twins;
    }
    return Status::OK();
  };
  RETURN_NOT_OK(dataset::ForEachNumber(per_band, find, run));
  twin_count_ = twins;
  return Status::OK();
}

Status Buckets::FindMembers(const BucketSource& source, BatchStore& found, RunContext& run) {
  const size_t units = source.bands.units() - source.bands.units_per_band();
  const auto find = [&](size_t unit) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto records, source.bands.Read(unit));
    std::vector<uint64_t> tagged_ranks;
    tagged_ranks.reserve(records.size());
    for (const auto& record : records) {
      const uint32_t rank = source.order.RankOf(record.document);
      if (twins_[rank] == 0) tagged_ranks.push_back(uint64_t{record.tag} << 32 | rank);
    }
    Found runs = RunsOf(tagged_ranks);
    for (const uint32_t rank : runs.ranks) {
      std::atomic_ref(begins_[rank]).fetch_add(1, std::memory_order_relaxed);
    }
    return found.Put(static_cast<int64_t>(unit), FoundBatch(std::move(runs)));
  };
  RETURN_NOT_OK(dataset::ForEachNumber(units, find, run));
  found.Seal();
  return Status::OK();
}

Status Buckets::Fill(const BatchStore& found, RunContext& run) {
  uint64_t end = 0;
  for (uint64_t& begin : begins_.values()) begin = end += begin;
  std::vector<uint64_t> first_buckets;
  uint64_t buckets = 0;
  for (int64_t unit = 0; unit < found.batches(); ++unit) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, found.Read(unit));
    const auto& firsts = static_cast<const arrow::UInt8Array&>(*batch->column(1));
    first_buckets.push_back(buckets);
    for (int64_t i = 0; i < firsts.length(); ++i) buckets += firsts.Value(i);
  }
  ARROW_ASSIGN_OR_RAISE(bucket_numbers_, ScratchArray<uint32_t>::Make(end, run));
  ARROW_ASSIGN_OR_RAISE(members_, ScratchArray<uint32_t>::Make(end, run));
  ARROW_ASSIGN_OR_RAISE(buckets_, ScratchArray<Bucket>::Make(buckets + 1, run));
  buckets_[buckets].begin = end;
  const auto fill = [&](size_t unit) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto batch, found.Read(static_cast<int64_t>(unit)));
    const auto& ranks = static_cast<const arrow::UInt32Array&>(*batch->column(0));
    const auto& firsts = static_cast<const arrow::UInt8Array&>(*batch->column(1));
    uint64_t bucket = first_buckets[unit];
    auto member = static_cast<uint64_t>(found.first_row(static_cast<int64_t>(unit)));
    for (int64_t i = 0; i < ranks.length(); ++i, ++member) {
      if (firsts.Value(i) != 0) buckets_[bucket++].begin = member;
      const uint32_t rank = ranks.Value(i);
      members_[member] = rank;
      const uint64_t at = std::atomic_ref(begins_[rank]).fetch_sub(1, std::memory_order_relaxed);
      bucket_numbers_[at - 1] = static_cast<uint32_t>(bucket - 1);
    }
    return Status::OK();
  };
  return dataset::ForEachNumber(static_cast<size_t>(found.batches()), fill, run);
}

bool Buckets::IsNeededLater(uint32_t rank) const {
  return std::ranges::any_of(BucketsOf(rank), [&](uint32_t bucket) {
    return members_[buckets_[bucket + 1].begin - 1] != rank;
  });
}

void Buckets::Keep(uint32_t rank) {
  for (const uint32_t bucket : BucketsOf(rank)) {
    Bucket& in = buckets_[bucket];
    members_[in.begin + in.kept++] = rank;
  }
}

}  // namespace tideway::dedup
