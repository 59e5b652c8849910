#include "core/dataset/op/split.h"

#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/base/hash.h"
#include "core/dataset/columns.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/filter_rows.h"
#include "core/dataset/op/key_hash.h"
#include "core/dataset/op/part_assignment.h"
#include "core/dataset/op/part_bytes.h"
#include "core/dataset/run_context.h"

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
    for (const SplitPart& part : options_.parts) parts.push_back(part.name + " " + part.share);
    const std::string stratum = options_.stratify.empty() ? "" : " by " + options_.stratify;
    return JoinNames(parts) + stratum + ", seed " + std::to_string(options_.seed);
  }
  Result<std::string> Identity(RunContext&) const override {
    nlohmann::json identity{options_.stratify, options_.seed};
    for (const SplitPart& part : options_.parts) identity.push_back({part.name, part.share});
    return IdentityText(identity);
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(SchemaPtr input, inputs()[0]->schema(run));
    if (options_.stratify.empty()) return input;
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(*input, options_.stratify, op()));
    RETURN_NOT_OK(CheckKeyType(*input->field(index)->type(), options_.stratify, op()));
    return input;
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const override {
    return OpenPlan(*inputs()[0], run);
  }

  // The assignment, made at the first call.
  Result<AssignmentPtr> Assign(RunContext& run) const {
    std::lock_guard lock(mutex_);
    if (assignment_ != nullptr) return assignment_;
    RETURN_NOT_OK(schema(run).status());
    ARROW_ASSIGN_OR_RAISE(auto rows, Materialise(*inputs()[0], run));
    ARROW_ASSIGN_OR_RAISE(auto assignment, AssignParts(std::move(rows), options_.parts,
                                                       options_.stratify, seed_, run));
    const int64_t rows_in = assignment.rows->rows();
    const int64_t rows_out = std::reduce(assignment.sizes.begin(), assignment.sizes.end());
    run.Count({.step = StepOf(*this),
               .rows_in = rows_in,
               .rows_out = rows_out,
               .dropped = {{"in no part", rows_in - rows_out}}});
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
  const SplitOptions options_;
  const uint64_t seed_;
  mutable std::mutex mutex_;
  mutable AssignmentPtr assignment_;
  mutable std::vector<int64_t> bytes_;
};

class PartStream : public Stream {
 public:
  PartStream(AssignmentPtr assignment, uint8_t part)
      : assignment_(std::move(assignment)), part_(part) {}
  const SchemaPtr& schema() const override { return assignment_->rows->schema(); }

  Result<Morsel> Next() override {
    if (next_ == assignment_->rows->batches() || assignment_->parts == nullptr) return Morsel();
    return Morsel([this, index = next_++](Worker&) { return ReadBatch(index); });
  }

 private:
  Result<BatchPtr> ReadBatch(int64_t index) const {
    ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, assignment_->rows->Read(index));
    ARROW_ASSIGN_OR_RAISE(const BatchPtr parts, assignment_->parts->Read(index));
    const auto& part_of = static_cast<const arrow::UInt8Array&>(*parts->column(0));
    RowMask mask(rows->num_rows());
    for (int64_t row = 0; row < rows->num_rows(); ++row) mask.Set(row, part_of.Value(row) == part_);
    return FilterRows(rows, mask);
  }

  const AssignmentPtr assignment_;
  const uint8_t part_;
  int64_t next_ = 0;
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
    return std::make_unique<PartStream>(std::move(assignment), static_cast<uint8_t>(index_));
  }
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const override {
    if (run.options().check_only) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const auto assignment, split_->Assign(run));
    return assignment->sizes[index_];
  }
  Result<int64_t> Bytes(RunContext& run) const { return split_->BytesOf(index_, run); }

 private:
  const std::shared_ptr<const Split> split_;
  const size_t index_;
};

}  // namespace

Result<std::optional<int64_t>> PartBytes(const Node& plan, RunContext& run) {
  const auto* part = dynamic_cast<const Part*>(&plan);
  if (part == nullptr) return std::nullopt;
  return part->Bytes(run);
}

Result<std::vector<std::pair<std::string, NodePtr>>> MakeSplit(NodePtr input,
                                                               SplitOptions options) {
  RETURN_NOT_OK(SortParts(options.parts));
  const size_t count = options.parts.size();
  const auto split = std::make_shared<const Split>(std::move(input), std::move(options));
  std::vector<std::pair<std::string, NodePtr>> parts;
  for (size_t index = 0; index < count; ++index) {
    parts.emplace_back(split->part(index).name, std::make_shared<const Part>(split, index));
  }
  return parts;
}

}  // namespace tideway::dataset
