#include "core/dataset/op/encode.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/dataset/columns.h"
#include "core/dataset/features.h"
#include "core/dataset/identity_text.h"
#include "core/dataset/op/filter_rows.h"
#include "core/dataset/op/select.h"
#include "core/dataset/row_error.h"

namespace tideway::dataset {
namespace {

using Unknown = EncodeOptions::Unknown;
using Nulls = EncodeOptions::Nulls;

class Encode : public RowOperator {
 public:
  Encode(NodePtr input, EncodeOptions options)
      : RowOperator({std::move(input)}), options_(std::move(options)) {
    for (size_t id = 0; id < options_.labels.size(); ++id) {
      ids_.emplace(options_.labels[id], static_cast<int64_t>(id));
    }
  }

  std::string_view op() const override { return "encode"; }
  bool keeps_row_count() const override {
    return options_.on_unknown != Unknown::kDrop && options_.nulls != Nulls::kDrop;
  }
  std::string Describe() const override {
    const bool in_place = options_.as.empty() || options_.as == options_.column;
    return options_.column + (in_place ? "" : " as " + options_.as);
  }
  Result<std::string> Identity(RunContext&) const override {
    return IdentityText(
        {options_.column, options_.labels, options_.as, options_.on_unknown, options_.nulls});
  }
  NodePtr Narrow(const std::vector<std::string>& columns) const override {
    return NarrowBelow(*this, columns, {options_.column}, [this](NodePtr input) {
      return std::make_shared<Encode>(std::move(input), options_);
    });
  }

 protected:
  Result<SchemaPtr> OutputSchema(const SchemaPtr& input) const override;
  Result<Apply> Bind(const SchemaPtr& input, const SchemaPtr& output,
                     RunContext& /*run*/) const override {
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(*input, options_.column, op()));
    return Apply([this, index, output](const BatchPtr& batch, Worker& worker) {
      return EncodeBatch(batch, index, output, worker);
    });
  }

 private:
  // Where the encoded column goes in `schema`: its own place, or the end.
  Result<int> Place(const arrow::Schema& schema) const;
  Result<BatchPtr> EncodeBatch(const BatchPtr& batch, int index, const SchemaPtr& output,
                               Worker& worker) const;
  template <typename ArrayType>
  Result<std::shared_ptr<arrow::Array>> Ids(const ArrayType& column, RowMask& mask,
                                            Worker& worker) const;
  Error UnknownLabel(std::string_view value) const;

  const EncodeOptions options_;
  std::unordered_map<std::string_view, int64_t> ids_;
};

Result<int> Encode::Place(const arrow::Schema& schema) const {
  if (options_.as.empty() || options_.as == options_.column) {
    return ColumnIndex(schema, options_.column, op());
  }
  if (schema.GetAllFieldIndices(options_.as).empty()) return schema.num_fields();
  return Error(ErrorKind::kUsage, "encode: there is a column `" + options_.as + "` already")
      .Hint("give another name with `as`, or drop that column first");
}

Result<SchemaPtr> Encode::OutputSchema(const SchemaPtr& input) const {
  ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(*input, options_.column, op()));
  const auto& field = input->field(index);
  const auto type = field->type()->id();
  if (type != arrow::Type::STRING && type != arrow::Type::LARGE_STRING) {
    return Error(ErrorKind::kUsage, "encode: column `" + options_.column +
                                        "` must be string: " + field->type()->ToString());
  }
  ARROW_ASSIGN_OR_RAISE(const int place, Place(*input));
  const std::string& name = place == index ? field->name() : options_.as;
  const bool nullable = options_.nulls == Nulls::kKeep || options_.on_unknown == Unknown::kNull;
  const auto encoded = WithLabels(arrow::field(name, arrow::int64(), nullable), options_.labels);
  return place == index ? input->SetField(place, encoded) : input->AddField(place, encoded);
}

Error Encode::UnknownLabel(std::string_view value) const {
  constexpr size_t kShown = 100;
  const std::string shown(CutText(value, kShown));
  return Error(ErrorKind::kData, "encode " + options_.column + ": unknown label: `" + shown +
                                     (value.size() > shown.size() ? "...`" : "`") +
                                     DidYouMean(shown, options_.labels))
      .Hint("the labels are: " + JoinNames(options_.labels) +
            "; on_unknown = \"drop\" or \"null\" lets other values pass");
}

template <typename ArrayType>
Result<std::shared_ptr<arrow::Array>> Encode::Ids(const ArrayType& column, RowMask& mask,
                                                  Worker& worker) const {
  arrow::Int64Builder builder;
  RETURN_NOT_OK(builder.Reserve(column.length()));
  int64_t null_rows = 0, unknown_rows = 0;
  for (int64_t row = 0; row < column.length(); ++row) {
    const bool null = column.IsNull(row);
    const auto found = null ? ids_.end() : ids_.find(column.GetView(row));
    const bool known = found != ids_.end();
    if (null && options_.nulls == Nulls::kError) {
      return AtRow(row, Error(ErrorKind::kData, "encode " + options_.column + ": null label")
                            .Hint("nulls = \"drop\" or \"keep\" lets them pass"));
    }
    if (!null && !known && options_.on_unknown == Unknown::kError) {
      return AtRow(row, UnknownLabel(column.GetView(row)));
    }
    const bool drop_null = null && options_.nulls == Nulls::kDrop;
    const bool drop_unknown = !null && !known && options_.on_unknown == Unknown::kDrop;
    null_rows += drop_null;
    unknown_rows += drop_unknown;
    mask.Set(row, !drop_null && !drop_unknown);
    if (known) {
      builder.UnsafeAppend(found->second);
    } else {
      builder.UnsafeAppendNull();
    }
  }
  worker.CountDropped("null label", null_rows);
  worker.CountDropped("unknown label", unknown_rows);
  return builder.Finish();
}

Result<BatchPtr> Encode::EncodeBatch(const BatchPtr& batch, int index, const SchemaPtr& output,
                                     Worker& worker) const {
  RowMask mask(batch->num_rows());
  std::shared_ptr<arrow::Array> ids;
  if (batch->column(index)->type_id() == arrow::Type::STRING) {
    const auto& column = static_cast<const arrow::StringArray&>(*batch->column(index));
    ARROW_ASSIGN_OR_RAISE(ids, Ids(column, mask, worker));
  } else {
    const auto& column = static_cast<const arrow::LargeStringArray&>(*batch->column(index));
    ARROW_ASSIGN_OR_RAISE(ids, Ids(column, mask, worker));
  }
  auto columns = batch->columns();
  if (output->num_fields() == batch->num_columns()) {
    columns[static_cast<size_t>(index)] = std::move(ids);
  } else {
    columns.push_back(std::move(ids));
  }
  return FilterRows(arrow::RecordBatch::Make(output, batch->num_rows(), std::move(columns)), mask);
}

}  // namespace

Result<NodePtr> MakeEncode(NodePtr input, EncodeOptions options) {
  if (options.column.empty()) return Error(ErrorKind::kUsage, "encode: column must not be empty");
  if (options.labels.empty()) return Error(ErrorKind::kUsage, "encode: labels must not be empty");
  std::unordered_map<std::string_view, size_t> seen;
  for (const std::string& label : options.labels) {
    if (!seen.emplace(label, seen.size()).second) {
      return Error(ErrorKind::kUsage, "encode: label given twice: `" + label + "`");
    }
  }
  return std::make_shared<Encode>(std::move(input), std::move(options));
}

}  // namespace tideway::dataset
