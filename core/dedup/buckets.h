// Which documents share a key of a band, and so are to be compared; and which have the same
// shingles, as often, twins, of which only the first is compared with others.
//
// Documents are called by their ranks here (SurvivorOrder). Buckets of one document are none.
//
// Threads: const methods from any thread while no other runs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "core/dedup/band_records.h"
#include "core/dedup/scratch_array.h"
#include "core/dedup/survivor_order.h"

namespace tideway::dedup {

struct BucketSource {
  const BandRecords& bands;                // the last one is that of twins
  std::span<const uint64_t> whole_hashes;  // of all shingles of each document
  const SurvivorOrder& order;
};

class Buckets {
 public:
  // With `all_members` the documents that go can be asked for too.
  static Result<Buckets> Make(const BucketSource& source, bool all_members,
                              dataset::RunContext& run);

  // The first of the documents with the same hash of the whole; nothing for that one itself.
  std::optional<uint32_t> TwinOf(uint32_t rank) const {
    return twins_[rank] == 0 ? std::nullopt : std::optional(twins_[rank] - 1);
  }
  uint64_t twins() const { return twin_count_; }
  uint64_t memberships() const { return members_.size(); }
  // Whether it is in any bucket.
  bool IsCandidate(uint32_t rank) const { return begins_[rank] != begins_[rank + 1]; }

  // The documents of a bucket that stay, so far, ascending. At most kMostCompared of them, so that
  // a bucket of very many different documents takes no quadratic time.
  static constexpr uint32_t kMostCompared = 128;
  std::span<const uint32_t> KeptIn(uint32_t bucket) const {
    return {&members_[buckets_[bucket].begin], std::min(buckets_[bucket].kept, kMostCompared)};
  }
  // All documents of a bucket, ascending, the same most.
  std::span<const uint32_t> AllIn(uint32_t bucket) const {
    const uint64_t begin = buckets_[bucket].begin;
    const uint64_t size = buckets_[bucket + 1].begin - begin;
    return {&all_members_[begin], std::min<uint64_t>(size, kMostCompared)};
  }
  std::span<const uint32_t> BucketsOf(uint32_t rank) const {
    return bucket_numbers_.values().subspan(begins_[rank], begins_[rank + 1] - begins_[rank]);
  }
  // Whether a document behind this one is in one of its buckets. REQUIRES: not settled yet.
  bool IsNeededLater(uint32_t rank) const;
  // Says that a document stays. By rank.
  void Keep(uint32_t rank);

 private:
  struct Bucket {
    uint64_t begin;  // in members_
    uint32_t kept;   // the first of its members
  };
  Buckets() = default;
  Status FindTwins(const BucketSource& source, dataset::RunContext& run);
  Status FindMembers(const BucketSource& source, dataset::BatchStore& found,
                     dataset::RunContext& run);
  Status Fill(const dataset::BatchStore& found, dataset::RunContext& run);

  ScratchArray<uint32_t> twins_;   // by rank: the twin's rank and 1, or 0
  ScratchArray<uint64_t> begins_;  // by rank: in bucket_numbers_; and the end
  ScratchArray<uint32_t> bucket_numbers_;
  ScratchArray<uint32_t> members_;  // of each bucket, ascending; those that stay move to its front
  ScratchArray<uint32_t> all_members_;  // as they were; may be empty
  ScratchArray<Bucket> buckets_;        // and one behind the last
  uint64_t twin_count_ = 0;
};

}  // namespace tideway::dedup
