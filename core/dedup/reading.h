// The first pass over the rows: keeps them, and for each document its keys and what the survivors'
// order needs.
//
//   ARROW_ASSIGN_OR_RAISE(auto reading, Reading::Create(bands, column, keep, id, run));
//   RETURN_NOT_OK(reading->Read(*plan, hash_documents, run, "dedup.near"));   // each input
//   ARROW_ASSIGN_OR_RAISE(ReadDocuments read, reading->Finish(run));
//
// Threads: one; uses the run's workers.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/dataset/node.h"
#include "core/dedup/band_records.h"
#include "core/dedup/deduplication.h"

namespace tideway::dedup {

struct ReadDocuments {
  Documents documents;
  std::unique_ptr<BandRecords> bands;
  ScratchArray<uint64_t> whole_hashes;  // by document; of those with keys
  SurvivorOrder order;
  int64_t without_keys = 0;  // documents of the last input
};

class Reading {
 public:
  static Result<std::unique_ptr<Reading>> Create(size_t bands, const DedupOptions& options,
                                                 dataset::RunContext& run);

  // Tells the keys of one text, a hash of its whole behind them; false when it has none. Called by
  // any worker, several at once.
  struct Keys {
    std::span<uint64_t> bands;
    uint64_t whole;
  };
  using HashText = std::function<bool(std::string_view text, Keys& keys, dataset::Worker& worker)>;
  // Inputs are read one after another. `settled` says that the documents of this one come first in
  // the order, as their rows do; the last is not.
  Status Read(const dataset::Node& plan, bool settled, const HashText& hash,
              std::string_view stage);
  Result<ReadDocuments> Finish();

 private:
  struct Input {
    std::shared_ptr<dataset::BatchStore> rows;
    int column;
    int64_t first_batch;
    bool settled;
  };
  Reading(size_t bands, DedupOptions options, dataset::RunContext& run)
      : bands_(bands), options_(std::move(options)), run_(run) {}
  Status HashBatch(const Input& input, int64_t index, const dataset::BatchPtr& batch,
                   const HashText& hash, dataset::Worker& worker);
  Result<ScratchArray<uint64_t>> LoadWholes(const Documents& documents) const;
  Result<SurvivorOrder> Order(const Documents& documents) const;
  bool has_order() const { return options_.keep.rule != Keep::Rule::kFirst; }

  const size_t bands_;
  const DedupOptions options_;
  dataset::RunContext& run_;
  std::unique_ptr<BandRecords> records_;
  std::shared_ptr<dataset::BatchStore> facts_;  // of each document, batch for batch
  std::vector<Input> inputs_;
  std::atomic<int64_t> without_keys_ = 0;  // in the input that was read last
  int64_t next_batch_ = 0;
};

}  // namespace tideway::dedup
