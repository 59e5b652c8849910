// Which lines are in more than so many texts, and the first text that has each.
//
//   ARROW_ASSIGN_OR_RAISE(auto lines, RepeatedLines::Create(run));
//   RETURN_NOT_OK(lines->Put(index, rows, hashes));      // for each batch, by any worker
//   RETURN_NOT_OK(lines->Find(first_rows, most_texts));
//   lines->FirstTextOf(hash)
//
// Lines are told by hashes of 64 bits: among a hundred million different ones a pair collides with
// a probability of 3e-4.
//
// Threads: Put() from any; Find() on one; then const methods from any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/dedup/band_records.h"
#include "core/dedup/scratch_array.h"

namespace tideway::dedup {

class RepeatedLines {
 public:
  static Result<std::unique_ptr<RepeatedLines>> Create(dataset::RunContext& run);
  // The lines of batch `index`, once for each text: line i is in text rows[i] of the batch.
  Status Put(int64_t index, std::span<const uint32_t> rows, std::span<const uint64_t> hashes);
  // `first_texts`: the number of the first text of each batch.
  Status Find(const std::vector<uint32_t>& first_texts, int64_t most_texts);
  // Nothing for a line that is not repeated.
  std::optional<uint32_t> FirstTextOf(uint64_t hash) const;
  size_t count() const { return count_; }

 private:
  struct Slot {
    uint64_t hash;
    uint64_t first;  // the text's number and 1; 0: free
  };
  explicit RepeatedLines(dataset::RunContext& run) : run_(run) {}
  Status FindIn(size_t unit, int64_t most_texts, dataset::BatchStore& found) const;
  Status Fill(const dataset::BatchStore& found);

  dataset::RunContext& run_;
  // Both with the leading bits of the hash as their key's, so that records go to the same places;
  // one holds the trailing 32 bits of each, the other those in between.
  std::unique_ptr<BandRecords> trailing_;
  std::unique_ptr<BandRecords> middle_;
  ScratchArray<Slot> slots_;
  size_t count_ = 0;
};

}  // namespace tideway::dedup
