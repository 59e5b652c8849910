#include "core/dedup/exact.h"

#include <algorithm>
#include <utility>

#include "core/base/hash.h"
#include "core/dataset/execute.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/run_context.h"
#include "core/dedup/reading.h"

namespace tideway::dedup {
namespace {

using dataset::RunContext;

struct Hashed {
  uint64_t hash;
  uint32_t rank;
  auto operator<=>(const Hashed&) const = default;
};

class Exact : public Deduplication {
 public:
  Exact(dataset::NodePtr input, ExactOptions options)
      : Deduplication({std::move(input)}, options.common), options_(std::move(options)) {}

  std::string_view op() const override { return "dedup.exact"; }
  std::string Describe() const override {
    std::string text = options_.common.column;
    if (options_.normal.whitespace) text += ", but for white space";
    if (options_.normal.letter_case) text += ", but for case";
    return text;
  }
  Result<std::string> Identity(RunContext&) const override {
    return dataset::IdentityText(Settings());
  }

 private:
  nlohmann::json Settings() const override {
    nlohmann::json settings = CommonSettings();
    settings["ignore_whitespace"] = options_.normal.whitespace;
    settings["ignore_case"] = options_.normal.letter_case;
    return settings;
  }
  Result<std::shared_ptr<Decision>> Compute(RunContext& run) const override;
  void Compare(std::span<const Hashed> equal_hashes, Decision& decision) const;

  const ExactOptions options_;
};

Result<std::shared_ptr<Decision>> Exact::Compute(RunContext& run) const {
  ARROW_ASSIGN_OR_RAISE(const auto reading, Reading::Create(1, options_.common, run));
  const auto hash = [this](std::string_view text, Reading::Keys& keys, dataset::Worker&) {
    std::string buffer;
    const std::string_view normal = NormalText(text, options_.normal, buffer);
    keys.whole = options_.hash == nullptr ? Hash64(normal) : options_.hash(normal);
    keys.bands[0] = keys.whole;
    return true;
  };
  RETURN_NOT_OK(reading->Read(*inputs()[0], false, hash, op()));
  ARROW_ASSIGN_OR_RAISE(ReadDocuments read, reading->Finish());
  auto decision = std::make_shared<Decision>();
  decision->documents = std::move(read.documents);
  decision->order = std::move(read.order);
  decision->report = nlohmann::json::object();
  ARROW_ASSIGN_OR_RAISE(decision->witnesses, Witnesses::Make(decision->documents.count(), run));
  const auto compare = [&](size_t unit) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto records, read.bands->Read(unit));
    std::vector<Hashed> hashed;
    hashed.reserve(records.size());
    for (const auto& record : records) {
      hashed.push_back(
          {read.whole_hashes[record.document], decision->order.RankOf(record.document)});
    }
    std::ranges::sort(hashed);
    for (size_t first = 0, end = 0; first < hashed.size(); first = end) {
      while (end < hashed.size() && hashed[end].hash == hashed[first].hash) ++end;
      Compare(std::span(hashed).subspan(first, end - first), *decision);
    }
    return Status::OK();
  };
  RETURN_NOT_OK(dataset::ForEachNumber(read.bands->units(), compare, run));
  return decision;
}

// With those before that stay: one, unless hashes collide.
void Exact::Compare(std::span<const Hashed> equal_hashes, Decision& decision) const {
  std::vector<uint32_t> staying;
  std::string buffer;
  std::string other_buffer;
  const auto text_of = [&](uint32_t rank, std::string& in) {
    const auto text = decision.documents.TextOf(decision.order.DocumentOf(rank));
    return NormalText(text.value_or(std::string_view()), options_.normal, in);
  };
  for (const Hashed& one : equal_hashes) {
    if (equal_hashes.size() == 1) return;
    const std::string_view text = text_of(one.rank, buffer);
    const auto same = std::ranges::find_if(
        staying, [&](uint32_t rank) { return text_of(rank, other_buffer) == text; });
    if (same == staying.end()) {
      staying.push_back(one.rank);
    } else {
      decision.witnesses.Set(one.rank, *same, 1);
    }
  }
}

}  // namespace

DeduplicationPtr MakeExact(dataset::NodePtr input, ExactOptions options) {
  return std::make_shared<Exact>(std::move(input), std::move(options));
}

}  // namespace tideway::dedup
