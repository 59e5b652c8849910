#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>

#include "core/dataset/format/canonical_array_internal.h"

namespace tideway::dataset {
namespace {

using arrow::Type;

// Appends `rows` values from `from` on. Builders make the same of equal values, but copy what lies
// under nulls: so only runs without nulls are given to them.
Status AppendRows(const arrow::Array& array, int64_t from, int64_t rows,
                  arrow::ArrayBuilder& builder);

template <typename ListArray, typename ListBuilder>
Status AppendLists(const arrow::Array& array, int64_t from, int64_t rows,
                   arrow::ArrayBuilder& builder) {
  const auto& lists = static_cast<const ListArray&>(array);
  auto& to = static_cast<ListBuilder&>(builder);
  for (int64_t row = from; row < from + rows; ++row) {
    RETURN_NOT_OK(to.Append());
    RETURN_NOT_OK(AppendRows(*lists.values(), lists.value_offset(row), lists.value_length(row),
                             *to.value_builder()));
  }
  return Status::OK();
}

Status AppendStructs(const arrow::Array& array, int64_t from, int64_t rows,
                     arrow::ArrayBuilder& builder) {
  const auto& structs = static_cast<const arrow::StructArray&>(array);
  for (int i = 0; i < structs.num_fields(); ++i) {
    RETURN_NOT_OK(AppendRows(*structs.field(i), from, rows, *builder.child(i)));
  }
  return static_cast<arrow::StructBuilder&>(builder).AppendValues(rows, nullptr);
}

// As AppendRows, where none of the rows is null.
Status AppendValid(const arrow::Array& array, int64_t from, int64_t rows,
                   arrow::ArrayBuilder& builder) {
  switch (array.type_id()) {
    case Type::STRUCT:
      return AppendStructs(array, from, rows, builder);
    case Type::LIST:
      return AppendLists<arrow::ListArray, arrow::ListBuilder>(array, from, rows, builder);
    case Type::LARGE_LIST:
      return AppendLists<arrow::LargeListArray, arrow::LargeListBuilder>(array, from, rows,
                                                                         builder);
    case Type::FIXED_SIZE_LIST:
      return AppendLists<arrow::FixedSizeListArray, arrow::FixedSizeListBuilder>(array, from, rows,
                                                                                 builder);
    default:
      return builder.AppendArraySlice(*array.data(), from, rows);
  }
}

Status AppendRows(const arrow::Array& array, int64_t from, int64_t rows,
                  arrow::ArrayBuilder& builder) {
  if (array.null_count() == 0) return AppendValid(array, from, rows, builder);
  const int64_t end = from + rows;
  while (from < end) {
    const bool null = array.IsNull(from);
    int64_t next = from + 1;
    while (next < end && array.IsNull(next) == null) ++next;
    RETURN_NOT_OK(null ? builder.AppendNulls(next - from)
                       : AppendValid(array, from, next - from, builder));
    from = next;
  }
  return Status::OK();
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> Canonical(const std::shared_ptr<arrow::Array>& array) {
  if (array->type_id() == Type::EXTENSION) {
    const auto& extension = static_cast<const arrow::ExtensionArray&>(*array);
    ARROW_ASSIGN_OR_RAISE(const auto storage, Canonical(extension.storage()));
    return arrow::ExtensionType::WrapArray(array->type(), storage);
  }
  ARROW_ASSIGN_OR_RAISE(const auto builder, arrow::MakeBuilder(array->type()));
  RETURN_NOT_OK(AppendRows(*array, 0, array->length(), *builder));
  return builder->Finish();
}

}  // namespace tideway::dataset
