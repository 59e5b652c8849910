#include "core/dataset/op/split.h"

#include <mutex>
#include <nlohmann/json.hpp>

#include "core/base/hash.h"
#include "core/dataset/columns.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/assign_parts.h"
#include "core/dataset/op/key_hash.h"
#include "core/dataset/op/part_bytes.h"
#include "core/dataset/op/strata.h"
#include "core/dataset/run_context.h"
#include "core/dataset/trace/origins.h"

namespace tideway::dataset {
namespace {

// So that a split and a sample of the same rows with the same seed choose independently.
constexpr uint64_t kSeedOfSplit = 0x73706c6974;

using AssignmentPtr = std::shared_ptr<const PartAssignment>;

// What the parts share: the decision, made once.
class Split : public Node {
 public:
  Split(NodePtr input, SplitOptions options)
      : Node({std::move(input)}),
        options_(std::move(options)),
        seed_(Mix64(options_.seed, kSeedOfSplit)) {}

  const SplitPart& part(size_t index) const { return options_.parts[index]; }
  std::string_view op() const override { return "split"; }
  std::string Describe() const override {
    std::vector<std::string> parts;
    for (const SplitPart& part : options_.parts) {
      parts.push_back(part.name + " " + part.share);
      if (part.cap) parts.back() += " up to " + std::to_string(*part.cap);
    }
    std::string text = JoinNames(parts);
    if (!options_.stratify.empty()) text += " by " + JoinNames(options_.stratify);
    if (options_.every_stratum) text += " in every part";
    if (!options_.group.empty()) text += ", grouped by " + JoinNames(options_.group);
    if (!options_.key.empty()) text += ", by hash of " + JoinNames(options_.key);
    return text + ", seed " + std::to_string(options_.seed);
  }
  Result<std::string> Identity(RunContext&) const override {
    nlohmann::json identity{options_.stratify, options_.group, options_.key, options_.every_stratum,
                            options_.seed};
    for (const SplitPart& part : options_.parts) {
      identity.push_back({part.name, part.share, part.cap.value_or(0)});
    }
    return IdentityText(identity);
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(SchemaPtr input, inputs()[0]->schema(run));
    RETURN_NOT_OK(Strata::CheckColumns(*input, options_.stratify, op()));
    RETURN_NOT_OK(KeyColumns::Make(*input, options_.group, op()).status());
    RETURN_NOT_OK(KeyColumns::Make(*input, options_.key, op()).status());
    return input;
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    return OpenPlan(*inputs()[0], run);
  }
  Result<RowOrigins> Origins(int64_t row, RunContext&) const override {
    return RowOrigins{.rows = {{0, row}}, .all = 1};
  }
  const SplitOptions& options() const { return options_; }

  // The assignment, made at the first call.
  Result<AssignmentPtr> Assign(RunContext& run) const {
    std::lock_guard lock(mutex_);
    if (assignment_ != nullptr) return assignment_;
    RETURN_NOT_OK(schema(run).status());
    ARROW_ASSIGN_OR_RAISE(auto rows, Materialise(*inputs()[0], run));
    ARROW_ASSIGN_OR_RAISE(auto assignment, AssignParts(std::move(rows), options_, seed_, run));
    CountRows(assignment, run);
    assignment_ = std::make_shared<const PartAssignment>(std::move(assignment));
    return assignment_;
  }

  // The bytes of each part, counted at the first call.
  Result<int64_t> BytesOf(size_t part, RunContext& run) const {
    ARROW_ASSIGN_OR_RAISE(const AssignmentPtr assignment, Assign(run));
    std::lock_guard lock(mutex_);
    if (bytes_.empty()) {
      ARROW_ASSIGN_OR_RAISE(bytes_, CountPartBytes(*assignment, run));
    }
    return bytes_[part];
  }

 private:
  void CountRows(const PartAssignment& assignment, RunContext& run) const {
    StepCounts counts{.step = StepOf(*this), .rows_in = assignment.rows->rows()};
    int64_t in_no_part = counts.rows_in;
    for (size_t index = 0; index < options_.parts.size(); ++index) {
      counts.rows_out += assignment.sizes[index];
      const int64_t over = assignment.over_cap[index];
      in_no_part -= assignment.sizes[index] + over;
      if (over > 0) counts.dropped["over the cap of " + part(index).name] = over;
    }
    counts.dropped["in no part"] = in_no_part;
    run.Count(counts);
  }

  const SplitOptions options_;
  const uint64_t seed_;
  mutable std::mutex mutex_;
  mutable AssignmentPtr assignment_;
  mutable std::vector<int64_t> bytes_;
};

class Part : public Node {
 public:
  Part(std::shared_ptr<const Split> split, size_t index)
      : Node({split}), split_(std::move(split)), index_(index) {}
  std::string_view op() const override { return "part"; }
  std::string Describe() const override { return split_->part(index_).name; }
  Result<std::string> Identity(RunContext&) const override { return Describe(); }
  Result<SchemaPtr> schema(RunContext& run) const override { return split_->schema(run); }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(auto assignment, split_->Assign(run));
    return OpenPart(std::move(assignment), static_cast<uint8_t>(index_));
  }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    if (run.pretends()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const auto assignment, split_->Assign(run));
    return assignment->sizes[index_];
  }
  // The split's own rows are those of its input.
  Result<RowOrigins> Origins(int64_t row, RunContext& run) const override {
    const auto numbered =
        std::make_shared<const Split>(Numbered(split_->inputs()[0], kRowNumber), split_->options());
    return OriginByNumber(Part(numbered, index_), row, run);
  }
  Result<int64_t> Bytes(RunContext& run) const { return split_->BytesOf(index_, run); }

 private:
  const std::shared_ptr<const Split> split_;
  const size_t index_;
};

// Whether the options make sense with each other.
Status CheckTogether(const SplitOptions& options) {
  const bool by_hash = !options.key.empty();
  if (by_hash && !options.group.empty()) {
    return Error(ErrorKind::kUsage, "split: by hash, there is no group")
        .Hint("rows of equal key are in one part: give the group's columns as key");
  }
  if (by_hash && !options.stratify.empty()) {
    return Error(ErrorKind::kUsage, "split: by hash, there is no stratify")
        .Hint("each class is in every part in about its share; for exact shares leave assign out");
  }
  if (options.every_stratum && options.stratify.empty()) {
    return Error(ErrorKind::kUsage, "split: on_small needs stratify");
  }
  return Status::OK();
}

}  // namespace

Result<std::optional<int64_t>> PartBytes(const Node& plan, RunContext& run) {
  const auto* part = dynamic_cast<const Part*>(&plan);
  if (part == nullptr) return std::nullopt;
  return part->Bytes(run);
}

Result<std::vector<std::pair<std::string, NodePtr>>> MakeSplit(NodePtr input,
                                                               SplitOptions options) {
  RETURN_NOT_OK(SortParts(options.parts));
  RETURN_NOT_OK(CheckTogether(options));
  const size_t count = options.parts.size();
  const auto split = std::make_shared<const Split>(std::move(input), std::move(options));
  std::vector<std::pair<std::string, NodePtr>> parts;
  for (size_t index = 0; index < count; ++index) {
    parts.emplace_back(split->part(index).name, std::make_shared<const Part>(split, index));
  }
  return parts;
}

}  // namespace tideway::dataset
