#include "core/dataset/op/sort.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>
#include <arrow/record_batch.h>
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "core/base/hash.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/materialise.h"
#include "core/dataset/op/select.h"
#include "core/dataset/op/sort_rows.h"
#include "core/dataset/op/sortable_bits.h"
#include "core/dataset/run_context.h"

namespace tideway::dataset {
namespace {

// What keeps the rows and changes their order.
class Reorder : public Node {
 public:
  explicit Reorder(NodePtr input) : Node({std::move(input)}) {}
  Result<std::optional<int64_t>> KnownRows(RunContext& run) const final {
    return PlanRows(*inputs()[0], run);
  }
  Result<std::unique_ptr<Stream>> Open(RunContext& run) const final {
    ARROW_ASSIGN_OR_RAISE(const auto input, OpenPlan(*inputs()[0], run));
    ARROW_ASSIGN_OR_RAISE(const KeysOf keys_of, Keys(*input->schema()));
    ARROW_ASSIGN_OR_RAISE(SortedRows sorted, SortRows(*input, keys_of, run, op()));
    run.Count({.step = StepOf(*this), .rows_in = sorted.rows, .rows_out = sorted.rows});
    return std::move(sorted.stream);
  }

 private:
  virtual Result<KeysOf> Keys(const arrow::Schema& schema) const = 0;
};

class Sort : public Reorder {
 public:
  Sort(NodePtr input, std::vector<SortKey> keys)
      : Reorder(std::move(input)), keys_(std::move(keys)) {}
  std::string_view op() const override { return "sort"; }
  std::string Describe() const override {
    std::string text;
    for (const SortKey& key : keys_) {
      text += (text.empty() ? "" : ", ") + key.column;
      if (key.descending) text += " descending";
      if (key.nulls_first) text += " nulls first";
    }
    return text;
  }
  Result<std::string> Identity(RunContext&) const override {
    auto parts = nlohmann::json::array();
    for (const SortKey& key : keys_) parts.push_back({key.column, key.descending, key.nulls_first});
    return IdentityText(parts);
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    std::vector<std::string> own;
    for (const SortKey& key : keys_) own.push_back(key.column);
    return NarrowBelow(*this, columns, own, [this](NodePtr input) {
      return std::make_shared<Sort>(std::move(input), keys_);
    });
  }
  NodePtr WithInputs(std::vector<NodePtr> inputs) const override {
    return std::make_shared<Sort>(std::move(inputs[0]), keys_);
  }
  Result<SchemaPtr> schema(RunContext& run) const override {
    ARROW_ASSIGN_OR_RAISE(SchemaPtr input, inputs()[0]->schema(run));
    RETURN_NOT_OK(RowKeys::Make(*input, keys_, op()).status());
    return input;
  }

 private:
  Result<KeysOf> Keys(const arrow::Schema& schema) const override {
    ARROW_ASSIGN_OR_RAISE(RowKeys keys, RowKeys::Make(schema, keys_, op()));
    return KeysOf([keys = std::move(keys)](const arrow::RecordBatch& batch, int64_t) {
      return keys.Encode(batch);
    });
  }

  const std::vector<SortKey> keys_;
};

// Lots drawn for the rows at `first_row` and behind: hashes of their positions, all different.
Result<std::shared_ptr<arrow::BinaryArray>> Lots(int64_t rows, int64_t first_row, uint64_t seed) {
  arrow::BinaryBuilder lots;
  RETURN_NOT_OK(lots.Reserve(rows));
  RETURN_NOT_OK(lots.ReserveData(rows * 8));
  for (int64_t row = first_row; row < first_row + rows; ++row) {
    uint8_t lot[sizeof(uint64_t)];
    PutBigEndian(Mix64(static_cast<uint64_t>(row), seed), lot);
    lots.UnsafeAppend(lot, sizeof lot);
  }
  std::shared_ptr<arrow::BinaryArray> array;
  RETURN_NOT_OK(lots.Finish(&array));
  return array;
}

class Shuffle : public Reorder {
 public:
  Shuffle(NodePtr input, uint64_t seed) : Reorder(std::move(input)), seed_(seed) {}
  std::string_view op() const override { return "shuffle"; }
  std::string Describe() const override { return fmt::format("seed {}", seed_); }
  Result<std::string> Identity(RunContext&) const override { return Describe(); }
  NodePtr WithInputs(std::vector<NodePtr> inputs) const override {
    return std::make_shared<Shuffle>(std::move(inputs[0]), seed_);
  }
  Result<SchemaPtr> schema(RunContext& run) const override { return inputs()[0]->schema(run); }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return NarrowBelow(*this, columns, {}, [this](NodePtr input) {
      return std::make_shared<Shuffle>(std::move(input), seed_);
    });
  }

 private:
  Result<KeysOf> Keys(const arrow::Schema&) const override {
    return KeysOf([seed = seed_](const arrow::RecordBatch& batch, int64_t first_row) {
      return Lots(batch.num_rows(), first_row, seed);
    });
  }

  const uint64_t seed_;
};

}  // namespace

Result<NodePtr> MakeSort(NodePtr input, std::vector<SortKey> keys) {
  if (keys.empty()) {
    return Error(ErrorKind::kUsage, "sort: no columns given")
        .Hint("name the columns to sort by: rows:sort(\"id\"); shuffle puts rows in random order");
  }
  return std::make_shared<Sort>(std::move(input), std::move(keys));
}

NodePtr MakeShuffle(NodePtr input, uint64_t seed) {
  return std::make_shared<Shuffle>(std::move(input), seed);
}

}  // namespace tideway::dataset
