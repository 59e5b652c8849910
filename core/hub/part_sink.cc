#include "core/hub/part_sink.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <set>

#include "core/base/utf8.h"
#include "core/dataset/features.h"

namespace tideway::hub {
namespace {

constexpr int64_t kNoLabel = -1;  // what the Hub's readers take for a missing label

Error LabelError(const std::string& column, const std::string& why) {
  return Error(ErrorKind::kUsage, fmt::format("hub: labels of column `{}`: {}", column, why));
}

Status CheckNames(const std::string& column, const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!IsUtf8(name)) return LabelError(column, "a name is not UTF-8");
    if (!seen.insert(name).second) return LabelError(column, fmt::format("twice `{}`", name));
  }
  return names.empty() ? Status(LabelError(column, "no names")) : Status::OK();
}

}  // namespace

Result<dataset::SchemaPtr> WithColumnLabels(const dataset::SchemaPtr& schema,
                                            const Labels& labels) {
  dataset::SchemaPtr out = schema;
  for (const auto& [column, names] : labels) {
    RETURN_NOT_OK(CheckNames(column, names));
    const int index = schema->GetFieldIndex(column);
    if (index < 0) {
      return LabelError(column, "no such column" + DidYouMean(column, schema->field_names()));
    }
    const dataset::FieldPtr& field = schema->field(index);
    if (field->type()->id() != arrow::Type::INT64) {
      return LabelError(column, "it holds " + field->type()->ToString() + ", not int64")
          .Hint("number the labels first: rows:encode(...)");
    }
    const auto known = dataset::LabelsOf(*field);
    if (known && *known != names) {
      return LabelError(column, "encode gave it other names, or the same in another order")
          .Hint("pass the labels that encode was given, or none");
    }
    ARROW_ASSIGN_OR_RAISE(out, out->SetField(index, dataset::WithLabels(field, names)));
  }
  return out;
}

PartSink::PartSink(const std::string& split, dataset::PartTarget target,
                   dataset::ParquetTotals totals, Labels labels)
    : split_(split), labels_(std::move(labels)), parquet_(std::move(target), totals) {}

Status PartSink::Open(const dataset::SchemaPtr& schema) {
  ARROW_ASSIGN_OR_RAISE(const auto labelled, WithColumnLabels(schema, labels_));
  label_columns_.clear();
  for (int i = 0; i < labelled->num_fields(); ++i) {
    const auto names = dataset::LabelsOf(*labelled->field(i));
    if (names) label_columns_.push_back({i, static_cast<int64_t>(names->size())});
  }
  return parquet_.Open(labelled);
}

Status PartSink::CheckLabels(const LabelColumn& column, const dataset::BatchPtr& batch) const {
  const auto& values = static_cast<const arrow::Int64Array&>(*batch->column(column.index));
  for (int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row)) continue;
    const int64_t value = values.Value(row);
    if (value >= kNoLabel && value < column.names) continue;
    return Error(
        ErrorKind::kData,
        fmt::format("hub: label out of range: column `{}` of {}: {} of {} names",
                    batch->schema()->field(column.index)->name(), split_, value, column.names));
  }
  return Status::OK();
}

Result<bool> PartSink::Consume(const dataset::BatchPtr& batch) {
  for (const LabelColumn& column : label_columns_) RETURN_NOT_OK(CheckLabels(column, batch));
  return parquet_.Consume(batch);
}

Status PartSink::Finish() { return parquet_.Finish(); }

}  // namespace tideway::hub
