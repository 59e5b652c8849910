#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/dataset/format/plain_type_internal.h"
#include "core/dataset/format/schema_union_internal.h"

namespace tideway::dataset {
namespace {

bool HasFeature(const arrow::Field& field) {
  return field.HasMetadata() && field.metadata()->Contains(kFeatureKey);
}

}  // namespace

Result<SchemaPtr> ColumnsOfFile(const arrow::Schema& stored) {
  arrow::FieldVector fields;
  for (const FieldPtr& field : stored.fields()) {
    fields.push_back(field->WithType(PlainType(field->type())));
  }
  const SchemaPtr plain = arrow::schema(std::move(fields));
  if (stored.metadata() == nullptr || !stored.metadata()->Contains(kHuggingFaceKey)) return plain;
  ARROW_ASSIGN_OR_RAISE(const std::string features, stored.metadata()->Get(kHuggingFaceKey));
  return ApplyFeatures(plain, features);
}

Status SchemaUnion::Merge(Column& column, const std::string& file, const FieldPtr& field) const {
  const auto& have = column.field->type();
  const auto& comes = field->type();
  if (have->id() == arrow::Type::NA && comes->id() != arrow::Type::NA) {
    column = {field, file};
    return Status::OK();
  }
  if (comes->id() == arrow::Type::NA) return Status::OK();
  if (!have->Equals(*comes)) {
    return Error(ErrorKind::kData,
                 fmt::format("{}: column `{}` is {} in {}, but {} in {}", op_, field->name(),
                             comes->ToString(), file, have->ToString(), column.file))
        .Hint("read the files apart and cast one of them");
  }
  if (HasFeature(*field) && !HasFeature(*column.field)) column.field = field;
  const auto labels = LabelsOf(*field);
  if (labels && labels != LabelsOf(*column.field)) {
    return Error(ErrorKind::kData,
                 fmt::format("{}: column `{}` has other label names in {} than in {}", op_,
                             field->name(), file, column.file))
        .Hint("read the files apart and encode the labels anew");
  }
  return Status::OK();
}

Status SchemaUnion::Add(const std::string& file, const arrow::Schema& schema) {
  std::set<std::string> seen;
  for (const FieldPtr& field : schema.fields()) {
    if (!seen.insert(field->name()).second) {
      return Error(ErrorKind::kData, fmt::format("{}: two columns have one name: `{}` in {}", op_,
                                                 field->name(), file));
    }
    const auto found = std::find_if(columns_.begin(), columns_.end(), [&](const Column& column) {
      return column.field->name() == field->name();
    });
    if (found == columns_.end()) {
      columns_.push_back({field, file});
    } else {
      RETURN_NOT_OK(Merge(*found, file, field));
    }
  }
  return Status::OK();
}

SchemaPtr SchemaUnion::schema() const {
  arrow::FieldVector fields;
  for (const Column& column : columns_) fields.push_back(column.field->WithNullable(true));
  return arrow::schema(std::move(fields));
}

Result<BatchPtr> Conform(const BatchPtr& batch, const SchemaPtr& schema,
                         const std::vector<int>& positions) {
  arrow::ArrayVector columns;
  for (int i = 0; i < schema->num_fields(); ++i) {
    const int position = positions[static_cast<size_t>(i)];
    const auto& type = schema->field(i)->type();
    std::shared_ptr<arrow::Array> column;
    if (position < 0 || batch->column(position)->type_id() == arrow::Type::NA) {
      ARROW_ASSIGN_OR_RAISE(column, arrow::MakeArrayOfNull(type, batch->num_rows()));
    } else {
      ARROW_ASSIGN_OR_RAISE(column, DecodeDictionaries(batch->column(position)));
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

}  // namespace tideway::dataset
