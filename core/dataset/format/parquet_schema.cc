#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "core/dataset/features.h"
#include "core/dataset/format/parquet_shard_internal.h"
#include "core/dataset/format/plain_type_internal.h"

namespace tideway::dataset {
namespace {

using arrow::Type;

std::shared_ptr<arrow::DataType> FileType(const std::shared_ptr<arrow::DataType>& type) {
  const auto member = [](const FieldPtr& field) {
    return field->WithType(FileType(field->type()))->WithNullable(true);
  };
  switch (type->id()) {
    case Type::STRUCT: {
      arrow::FieldVector members;
      for (const FieldPtr& field : type->fields()) members.push_back(member(field));
      return arrow::struct_(std::move(members));
    }
    case Type::LIST:
      return arrow::list(member(type->field(0)));
    case Type::LARGE_LIST:
      return arrow::large_list(member(type->field(0)));
    case Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          member(type->field(0)), static_cast<const arrow::FixedSizeListType&>(*type).list_size());
    default:
      return type;
  }
}

// `data` under another type of the same layout.
std::shared_ptr<arrow::ArrayData> Retype(const arrow::ArrayData& data,
                                         const std::shared_ptr<arrow::DataType>& type) {
  auto copy = data.Copy();
  copy->type = type;
  for (size_t i = 0; i < copy->child_data.size(); ++i) {
    copy->child_data[i] = Retype(*copy->child_data[i], type->field(static_cast<int>(i))->type());
  }
  return copy;
}

arrow::FieldVector FileFields(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const FieldPtr& field : schema.fields()) {
    fields.push_back(field->WithType(FileType(PlainType(field->type())))->WithNullable(true));
  }
  return fields;
}

}  // namespace

Result<SchemaPtr> FileSchema(const arrow::Schema& schema) {
  const arrow::Schema file_schema(FileFields(schema));
  ARROW_ASSIGN_OR_RAISE(std::string features, HuggingFaceMetadata(file_schema));
  return WithoutFeatures(file_schema)
      ->WithMetadata(arrow::key_value_metadata({kHuggingFaceKey}, {std::move(features)}));
}

Result<BatchPtr> ToFileSchema(const BatchPtr& batch, const SchemaPtr& file_schema) {
  arrow::ArrayVector columns;
  for (int i = 0; i < batch->num_columns(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto column, DecodeDictionaries(batch->column(i)));
    if (column->type()->num_fields() > 0) {
      column = arrow::MakeArray(Retype(*column->data(), file_schema->field(i)->type()));
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(file_schema, batch->num_rows(), std::move(columns));
}

}  // namespace tideway::dataset
