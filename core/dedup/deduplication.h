// The steps of a plan that remove duplicates: one that decides, and those that give what the
// decision says, all from the rows of one reading.
//
//   const auto decider = std::make_shared<Near>(rows, index, options);      // near.h
//   NodePtr kept = MakeKept(decider);
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/dataset/node.h"
#include "core/dedup/decision.h"

namespace tideway::dedup {

// What all kinds of deduplication ask for.
struct DedupOptions {
  std::string column;       // of texts
  std::string id = {};      // names documents in tables; empty: the row's number
  Keep keep = {};           // which of several stays
  std::string source = {};  // a column of strings that the cap and the report go by; may be empty
  // When more than this share of a source's rows would go, and more than `cap_rows`, the run ends
  // with an error of kind data that tells which, and how many.
  double cap_share = 1;
  int64_t cap_rows = 10;
};

// Gives its input's rows as they are; its decision is made once.
class Deduplication : public dataset::Node {
 public:
  Deduplication(std::vector<dataset::NodePtr> inputs, DedupOptions options)
      : Node(std::move(inputs)), options_(std::move(options)) {}
  const DedupOptions& options() const { return options_; }

  Result<dataset::SchemaPtr> schema(dataset::RunContext& run) const final;
  Result<std::unique_ptr<dataset::Stream>> Open(dataset::RunContext& run) const final;
  Result<dataset::RowOrigins> Origins(int64_t row, dataset::RunContext& run) const final;

  // Made at the first call. Blocks meanwhile.
  Result<std::shared_ptr<const Decision>> Decide(dataset::RunContext& run) const;
  // JSON: what was decided, in numbers.
  Result<std::string> Report(dataset::RunContext& run) const;
  // What an index of its documents is good for: "words 5, threshold 0.85, version 1". Empty where
  // there is no index.
  virtual std::string IndexKey() const { return {}; }
  // The type of documents' names.
  Result<std::shared_ptr<arrow::DataType>> NameType(dataset::RunContext& run) const;

 protected:
  virtual Result<std::shared_ptr<Decision>> Compute(dataset::RunContext& run) const = 0;
  // Checks what the kind needs of the input.
  virtual Status Check(const arrow::Schema& schema) const;
  // Its own options, for the report.
  virtual nlohmann::json Settings() const = 0;
  // Those of DedupOptions.
  nlohmann::json CommonSettings() const;

 private:
  nlohmann::json MakeReport(const Decision& decision, const SourceCounts& sources) const;
  Status CheckCap(const SourceCounts& sources) const;

  const DedupOptions options_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Decision> decision_;
  mutable std::string report_;
};

using DeduplicationPtr = std::shared_ptr<const Deduplication>;

// The rows that stay, in their order.
dataset::NodePtr MakeKept(DeduplicationPtr deduplication);
// A row for each that goes, in their order: its name and source under their columns' names (`row`
// for numbers), `witness` and `similarity`.
dataset::NodePtr MakeRemoved(DeduplicationPtr deduplication);
// All rows, with `duplicate` (whether it would go), `witness`, `similarity` (null for what stays)
// and `cluster`: the name of the first document of its cluster. REQUIRES: clusters.
dataset::NodePtr MakeTagged(DeduplicationPtr deduplication);

// The rows that stay as an index for later runs: their names, texts, and in `dedup` the IndexKey().
// REQUIRES: names of a column.
inline constexpr const char* kIndexKey = "dedup";
dataset::NodePtr MakeIndex(DeduplicationPtr deduplication);

}  // namespace tideway::dedup
