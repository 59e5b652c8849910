#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/compute/api_vector.h>
#include <arrow/type.h>

#include "core/dataset/format/plain_type_internal.h"

namespace tideway::dataset {
namespace {

using arrow::Type;
using FieldPtr = std::shared_ptr<arrow::Field>;

// What `type` becomes when only its own layout is made plain; null when that is plain.
std::shared_ptr<arrow::DataType> OuterPlainType(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::DICTIONARY:
      return static_cast<const arrow::DictionaryType&>(type).value_type();
    case Type::STRING_VIEW:
      return arrow::utf8();
    case Type::BINARY_VIEW:
      return arrow::binary();
    case Type::LIST_VIEW:
      return arrow::list(type.field(0));
    case Type::LARGE_LIST_VIEW:
      return arrow::large_list(type.field(0));
    default:
      return nullptr;
  }
}

// A cast would look at what lies under nulls, which need not be a view of anything.
template <typename Builder>
Result<std::shared_ptr<arrow::Array>> CopyViews(const arrow::BinaryViewArray& views) {
  Builder builder;
  RETURN_NOT_OK(builder.Reserve(views.length()));
  for (int64_t row = 0; row < views.length(); ++row) {
    RETURN_NOT_OK(views.IsNull(row) ? builder.AppendNull() : builder.Append(views.GetView(row)));
  }
  return builder.Finish();
}

// `array` in its OuterPlainType.
Result<std::shared_ptr<arrow::Array>> OuterPlain(const std::shared_ptr<arrow::Array>& array) {
  // No cast knows dictionaries of views.
  if (array->type_id() == Type::DICTIONARY) {
    const auto& words = static_cast<const arrow::DictionaryArray&>(*array);
    ARROW_ASSIGN_OR_RAISE(const auto values, DecodeDictionaries(words.dictionary()));
    return arrow::compute::Take(*values, *words.indices());
  }
  // Of views of lists, a cast leaves the values out.
  auto* const pool = arrow::default_memory_pool();
  if (array->type_id() == Type::LIST_VIEW) {
    return arrow::ListArray::FromListView(static_cast<const arrow::ListViewArray&>(*array), pool);
  }
  if (array->type_id() == Type::LARGE_LIST_VIEW) {
    return arrow::LargeListArray::FromListView(
        static_cast<const arrow::LargeListViewArray&>(*array), pool);
  }
  const auto& views = static_cast<const arrow::BinaryViewArray&>(*array);
  if (array->type_id() == Type::STRING_VIEW) return CopyViews<arrow::StringBuilder>(views);
  return CopyViews<arrow::BinaryBuilder>(views);
}

FieldPtr PlainField(const FieldPtr& field) { return field->WithType(PlainType(field->type())); }

}  // namespace

std::shared_ptr<arrow::DataType> PlainType(const std::shared_ptr<arrow::DataType>& type) {
  if (const auto outer = OuterPlainType(*type)) return PlainType(outer);
  switch (type->id()) {
    case Type::STRUCT: {
      arrow::FieldVector members;
      for (const FieldPtr& field : type->fields()) members.push_back(PlainField(field));
      return arrow::struct_(std::move(members));
    }
    case Type::LIST:
      return arrow::list(PlainField(type->field(0)));
    case Type::LARGE_LIST:
      return arrow::large_list(PlainField(type->field(0)));
    case Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          PlainField(type->field(0)),
          static_cast<const arrow::FixedSizeListType&>(*type).list_size());
    case Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return std::make_shared<arrow::MapType>(PlainField(map.key_field()),
                                              PlainField(map.item_field()), map.keys_sorted());
    }
    default:
      return type;
  }
}

Result<std::shared_ptr<arrow::Array>> DecodeDictionaries(
    const std::shared_ptr<arrow::Array>& array) {
  const auto type = PlainType(array->type());
  if (type->Equals(*array->type())) return array;
  if (OuterPlainType(*array->type()) != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const auto plain, OuterPlain(array));
    return DecodeDictionaries(plain);
  }
  auto data = array->data()->Copy();
  data->type = type;
  for (auto& child : data->child_data) {
    ARROW_ASSIGN_OR_RAISE(const auto plain, DecodeDictionaries(arrow::MakeArray(child)));
    child = plain->data();
  }
  return arrow::MakeArray(data);
}

}  // namespace tideway::dataset
