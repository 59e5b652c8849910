#include "core/dedup/near.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <utility>

#include "core/base/hash.h"
#include "core/dataset/columns.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/row_error.h"
#include "core/dataset/run_context.h"
#include "core/dedup/buckets.h"
#include "core/dedup/comparison.h"
#include "core/dedup/min_hash.h"
#include "core/dedup/names.h"
#include "core/dedup/reading.h"

namespace tideway::dedup {
namespace {

using dataset::NodePtr;
using dataset::RunContext;
using nlohmann::json;

// What a worker makes keys with.
struct KeyMaker : public dataset::WorkerState {
  explicit KeyMaker(const ShingleOptions& options) : shingler(options) {}
  Shingler shingler;
  std::vector<uint64_t> shingles;
  MinHasher::Minima minima;
};

// What a shingle adds to the hash of a whole text, in which their order does not matter.
uint64_t Share(uint64_t shingle) {
  const uint64_t mixed = (shingle ^ (shingle >> 31)) * 0xbf58476d1ce4e5b9ULL;
  return mixed ^ (mixed >> 29);
}

// The keys of the bands, and behind them that of all shingles.
bool MakeKeys(std::string_view text, const MinHasher& hasher, KeyMaker& maker,
              Reading::Keys& keys) {
  hasher.Start(maker.minima);
  maker.shingler.Start(text);
  uint64_t whole = 0;
  size_t count = 0;
  for (maker.shingles.clear(); maker.shingler.Next(maker.shingles); maker.shingles.clear()) {
    hasher.Add(maker.shingles, maker.minima);
    for (const uint64_t shingle : maker.shingles) whole += Share(shingle);
    count += maker.shingles.size();
  }
  if (count == 0) return false;
  whole = Mix64(whole, count);
  hasher.Keys(maker.minima, keys.bands.data());
  keys.bands.back() = keys.whole = whole;
  return true;
}

class Near : public Deduplication {
 public:
  Near(std::vector<NodePtr> inputs, NearOptions options)
      : Deduplication(std::move(inputs), options.common), options_(std::move(options)) {}

  std::string_view op() const override { return "dedup.near"; }
  std::string Describe() const override {
    const Banding& banding = options_.banding;
    return fmt::format(
        "{}: Jaccard >= {:g} of {} {}, {} bands of {} permutations find {:.3f} % at that",
        options_.common.column, options_.threshold, options_.shingles.ngram, UnitName(),
        banding.bands, banding.rows, 100 * FoundShare(banding, options_.threshold));
  }
  std::string IndexKey() const override {
    return fmt::format("{} {}, threshold {}, version 1", options_.shingles.ngram, UnitName(),
                       options_.threshold);
  }
  Result<std::string> Identity(RunContext&) const override {
    return dataset::IdentityText({Settings(), options_.clusters});
  }

 private:
  std::string_view UnitName() const {
    return options_.shingles.unit == Unit::kWords ? "words" : "characters";
  }
  json Settings() const override {
    json settings = CommonSettings();
    settings["threshold"] = options_.threshold;
    settings["unit"] = UnitName();
    settings["ngram"] = options_.shingles.ngram;
    settings["bands"] = options_.banding.bands;
    settings["band_rows"] = options_.banding.rows;
    return settings;
  }
  Result<std::shared_ptr<Decision>> Compute(RunContext& run) const override;
  Status CheckIndexColumns(RunContext& run) const;
  Status CheckIndexKeys(const dataset::BatchStore& index) const;
  Result<std::function<bool(uint32_t, uint32_t)>> SameDocuments(const Documents& documents) const;
  json Found(const ReadDocuments& read, const Buckets& buckets, const CompareCounts& counts) const;

  const NearOptions options_;
};

Result<std::shared_ptr<Decision>> Near::Compute(RunContext& run) const {
  const MinHasher hasher(options_.banding);
  ARROW_ASSIGN_OR_RAISE(const auto reading,
                        Reading::Create(hasher.bands() + 1, options_.common, run));
  const auto hash = [&](std::string_view text, Reading::Keys& keys, dataset::Worker& worker) {
    auto maker =
        worker.State<KeyMaker>(this, [&]() -> Result<std::unique_ptr<dataset::WorkerState>> {
          return std::make_unique<KeyMaker>(options_.shingles);
        });
    return MakeKeys(text, hasher, **maker, keys);
  };
  // The earlier run's come first.
  for (size_t i = inputs().size(); i-- > 0;) {
    if (i > 0) RETURN_NOT_OK(CheckIndexColumns(run));
    RETURN_NOT_OK(reading->Read(*inputs()[i], i > 0, hash, op()));
  }
  ARROW_ASSIGN_OR_RAISE(ReadDocuments read, reading->Finish());
  if (inputs().size() > 1) RETURN_NOT_OK(CheckIndexKeys(read.documents.rows(0)));
  ARROW_ASSIGN_OR_RAISE(const auto is_same, SameDocuments(read.documents));
  ARROW_ASSIGN_OR_RAISE(
      auto buckets,
      Buckets::Make({*read.bands, read.whole_hashes.values(), read.order}, options_.clusters, run));
  CompareOptions compare{.threshold = options_.threshold,
                         .shingles = options_.shingles,
                         .clusters = options_.clusters,
                         .settled = read.documents.first(read.documents.parts() - 1),
                         .is_same = is_same};
  Comparison comparison(read.documents, read.order, buckets, compare, run);
  auto decision = std::make_shared<Decision>();
  ARROW_ASSIGN_OR_RAISE(decision->witnesses, comparison.Run());
  decision->report = Found(read, buckets, comparison.counts());
  if (options_.clusters) decision->clusters = std::move(comparison.clusters());
  decision->documents = std::move(read.documents);
  decision->order = std::move(read.order);
  return decision;
}

// The index has the columns of names and texts, of the same types.
Status Near::CheckIndexColumns(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto rows, inputs()[0]->schema(run));
  ARROW_ASSIGN_OR_RAISE(const auto index, inputs()[1]->schema(run));
  for (const std::string& name : {options_.common.id, options_.common.column}) {
    ARROW_ASSIGN_OR_RAISE(const int there, dataset::ColumnIndex(*index, name, "dedup.near: index"));
    const auto& type = rows->GetFieldByName(name)->type();
    if (index->field(there)->type()->Equals(*type)) continue;
    return Error(ErrorKind::kUsage,
                 fmt::format("dedup.near: column `{}` is {}, but {} in the index", name,
                             type->ToString(), index->field(there)->type()->ToString()));
  }
  return dataset::ColumnIndex(*index, kIndexKey, "dedup.near: index").status();
}

Status Near::CheckIndexKeys(const dataset::BatchStore& index) const {
  const std::string expected = IndexKey();
  ARROW_ASSIGN_OR_RAISE(const int column, dataset::ColumnIndex(*index.schema(), kIndexKey, op()));
  RETURN_NOT_OK(Texts::CheckType(*index.schema()->field(column)->type(), "dedup.near: index"));
  for (int64_t i = 0; i < index.batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, index.Read(i));
    const Texts keys(batch->column(column));
    for (int64_t row = 0; row < keys.length(); ++row) {
      const std::string_view key = keys.At(row).value_or("null");
      if (key == expected) continue;
      return Error(ErrorKind::kConflict,
                   fmt::format("dedup.near: the index is of other options: {}, not {}",
                               dataset::CutText(key, 100), expected))
          .Hint("use the options of the run that wrote it, or make it anew");
    }
  }
  return Status::OK();
}

// A document of the index that is read again stays, so that a run may be repeated.
Result<std::function<bool(uint32_t, uint32_t)>> Near::SameDocuments(
    const Documents& documents) const {
  if (inputs().size() == 1) return std::function<bool(uint32_t, uint32_t)>();
  ARROW_ASSIGN_OR_RAISE(const auto names, Names::Make(documents, options_.common.id));
  return [&documents, names](uint32_t a, uint32_t b) {
    if (documents.TextOf(a) != documents.TextOf(b)) return false;
    const uint32_t both[] = {a, b};
    const auto array = names.Of(both);
    return array.ok() && (*array)->RangeEquals(0, 1, 1, **array);
  };
}

json Near::Found(const ReadDocuments& read, const Buckets& buckets,
                 const CompareCounts& counts) const {
  json report{{"without_words", read.without_keys},
              {"same_words", buckets.twins()},
              {"compared", counts.compared},
              {"similar", counts.similar}};
  json found = json::array();
  for (int percent = 50; percent <= 100; percent += 5) {
    found.push_back({{"similarity", percent / 100.0},
                     {"share", FoundShare(options_.banding, percent / 100.0)}});
  }
  report["expected_recall"] = FoundShare(options_.banding, options_.threshold);
  report["compared_share"] = std::move(found);
  return report;
}

Status CheckOptions(const NearOptions& options, bool has_index) {
  const auto fault = [](const std::string& text) {
    return Error(ErrorKind::kUsage, "dedup.near: " + text);
  };
  if (!(options.threshold > 0 && options.threshold <= 1)) {
    return fault(fmt::format("threshold must be above 0, up to 1: {:g}", options.threshold));
  }
  if (options.shingles.ngram < 1 || options.shingles.ngram > 100) {
    return fault(fmt::format("ngram must be from 1 to 100: {}", options.shingles.ngram));
  }
  if (has_index && options.common.id.empty()) return fault("index needs id");
  const Banding& banding = options.banding;
  if (banding.bands < 1 || banding.rows < 1 || banding.bands > 512 || banding.rows > 512) {
    return fault(fmt::format("bands and band_rows must be from 1 to 512: {} of {}", banding.bands,
                             banding.rows));
  }
  return Status::OK();
}

}  // namespace

Result<DeduplicationPtr> MakeNear(NodePtr input, NodePtr index, NearOptions options) {
  RETURN_NOT_OK(CheckOptions(options, index != nullptr));
  std::vector<NodePtr> inputs{std::move(input)};
  if (index != nullptr) inputs.push_back(std::move(index));
  return std::make_shared<Near>(std::move(inputs), std::move(options));
}

}  // namespace tideway::dedup
