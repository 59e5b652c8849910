// Decides which documents go: each that is as similar to one that stays before it as the threshold
// says, told by their whole sets of shingles.
//
// The rule. Documents are taken in the survivors' order. One goes when a document before it stays,
// shares a band with it, and has at least the threshold's Jaccard index with it; the most similar
// such document, of equal ones the first, is its witness. So no document goes without a witness
// that stays, and none because of a chain of others.
//
// Clusters are another thing: all documents that pairs of similar ones connect, whether they stay
// or go. They serve to keep what is alike on one side of a split, and remove nothing.
//
// Threads: one. Uses the run's workers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/dataset/spill_file.h"
#include "core/dedup/buckets.h"
#include "core/dedup/documents.h"
#include "core/dedup/shingle_set.h"

namespace tideway::dedup {

// What was decided about each document, by rank.
struct Witnesses {
  static Result<Witnesses> Make(uint32_t count, dataset::RunContext& run);
  bool Goes(uint32_t rank) const { return of[rank] != 0; }
  uint32_t Of(uint32_t rank) const { return of[rank] - 1; }
  void Set(uint32_t rank, uint32_t witness, double how_similar) {
    of[rank] = witness + 1;
    similarity[rank] = how_similar;
  }

  ScratchArray<uint32_t> of;  // the rank of the witness and 1; 0 for what stays
  ScratchArray<double> similarity;
};

struct CompareOptions {
  double threshold = 0.85;
  ShingleOptions shingles = {};
  bool clusters = false;  // find them too, for which more pairs are compared
  // Documents before this rank stay whatever they are like: those of an earlier run.
  uint32_t settled = 0;
  // Whether document `a`, whose text is that of the settled `b`, is the very same one, and so
  // stays.
  std::function<bool(uint32_t a, uint32_t b)> is_same = {};
};

// Sets of documents, by rank, that were found to belong together.
class Clusters {
 public:
  Status Make(uint32_t count, dataset::RunContext& run) {
    return ScratchArray<uint32_t>::Make(count, run).Value(&parents_);
  }
  // The first of its cluster.
  uint32_t FirstOf(uint32_t rank) const;
  void Join(uint32_t a, uint32_t b);

 private:
  ScratchArray<uint32_t> parents_;  // a rank before it and 1; 0 for the first
};

struct CompareCounts {
  uint64_t compared = 0;  // pairs with one that stays
  uint64_t similar = 0;   // of them
};

class Comparison {
 public:
  Comparison(const Documents& documents, const SurvivorOrder& order, Buckets& buckets,
             const CompareOptions& options, dataset::RunContext& run);
  Result<Witnesses> Run();
  const CompareCounts& counts() const { return counts_; }
  // After Run(), where they were asked for.
  Clusters& clusters() { return clusters_; }

 private:
  // A document that may go.
  struct Item {
    uint32_t rank;
    std::string_view text;
    ShingleSet set = {};
    uint32_t witness = 0;
    double similarity = 0;  // 0: no witness
    CompareCounts counts = {};
    bool is_twin = false;              // whether it has the words of its twin
    bool stays_in_sets = false;        // for those to come
    std::vector<uint32_t> alike = {};  // similar ones that it joins

    void Offer(uint32_t rank, double similarity);
  };
  // Where the set of a document lies.
  struct Place {
    int64_t offset;
    uint64_t size;
  };

  void NextItems();
  Status CompareWithEarlier(Item& item, Shingler& shingler) const;
  bool HasWordsOf(uint32_t twin, const Item& item, Shingler& shingler) const;
  void CompareWithItems(Item& item);
  std::vector<uint32_t> KeptBefore(const Item& item) const;
  std::vector<uint32_t> KeptItemsBefore(const Item& item) const;
  std::vector<uint32_t> GoneBefore(const Item& item, uint32_t from, uint32_t to) const;
  Status JoinEarlier(Item& item) const;
  void JoinItems(Item& item);
  bool IsJoined(const Item& item, uint32_t other) const;
  Result<std::optional<double>> SimilarityToEarlier(const Item& item, uint32_t other) const;
  const Item& ItemOf(uint32_t rank) const;
  void SettleTwin(const Item& item, uint32_t twin);
  void Settle(Item& item);
  Status StoreSets();
  std::string_view TextOf(uint32_t rank) const;

  const Documents& documents_;
  const SurvivorOrder& order_;
  Buckets& buckets_;
  const CompareOptions options_;
  dataset::RunContext& run_;
  Witnesses witnesses_;
  ScratchArray<Place> places_;
  std::shared_ptr<dataset::SpillFile> sets_;
  Clusters clusters_;
  std::set<uint32_t> read_again_;  // of those settled before, whose own row came again
  std::vector<Item> items_;
  uint32_t next_ = 0;
  CompareCounts counts_;
};

}  // namespace tideway::dedup
