// What deduplication decided about the rows of its input: which stay, and the witness of each that
// goes.
//
// Threads: const methods from any thread. Ownership: holds the rows.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/dedup/comparison.h"
#include "core/dedup/documents.h"
#include "core/dedup/survivor_order.h"

namespace tideway::dedup {

struct Decision {
  Documents documents;
  SurvivorOrder order;
  Witnesses witnesses;
  std::optional<Clusters> clusters;
  nlohmann::json report = {};  // what the kind of deduplication adds to the report

  // The last part of the documents is the input; those before it are of an earlier run.
  size_t part() const { return documents.parts() - 1; }
  uint32_t first() const { return documents.first(part()); }
  const dataset::BatchStore& rows() const { return documents.rows(part()); }

  bool Goes(uint32_t document) const { return witnesses.Goes(order.RankOf(document)); }
  uint32_t WitnessOf(uint32_t document) const {
    return order.DocumentOf(witnesses.Of(order.RankOf(document)));
  }
  double SimilarityOf(uint32_t document) const {
    return witnesses.similarity[order.RankOf(document)];
  }
  // REQUIRES: clusters.
  uint32_t ClusterOf(uint32_t document) const {
    return order.DocumentOf(clusters->FirstOf(order.RankOf(document)));
  }
};

// How many rows of a source there are, and how many of them go.
struct SourceCount {
  int64_t rows = 0;
  int64_t removed = 0;
};
using SourceCounts = std::map<std::string, SourceCount, std::less<>>;
// By the value of a column of strings; a null is the source "".
Result<SourceCounts> CountSources(const Decision& decision, const std::string& column,
                                  dataset::RunContext& run);
// How many rows go.
int64_t CountRemoved(const Decision& decision);

}  // namespace tideway::dedup
