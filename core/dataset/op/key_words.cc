#include "core/dataset/op/key_words.h"

#include <arrow/array/array_base.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

namespace tideway::dataset {

bool HasKeyWords(const arrow::DataType& type) {
  using arrow::Type;
  const Type::type id = type.id();
  return arrow::is_integer(id) || id == Type::FLOAT || id == Type::DOUBLE || arrow::is_date(id) ||
         arrow::is_time(id) || id == Type::TIMESTAMP || id == Type::DURATION;
}

KeyWords::KeyWords(const arrow::Array& column)
    : cell_(CellOf(*column.type())),
      width_(column.type()->byte_width()),
      cells_(column.data()->GetValues<uint8_t>(1, column.offset() * width_)) {}

KeyWords::Cell KeyWords::CellOf(const arrow::DataType& type) {
  if (type.id() == arrow::Type::FLOAT) return Cell::kFloat;
  if (type.id() == arrow::Type::DOUBLE) return Cell::kDouble;
  switch (type.byte_width()) {
    case 1:
      return Cell::k1;
    case 2:
      return Cell::k2;
    case 4:
      return Cell::k4;
    default:
      return Cell::k8;
  }
}

}  // namespace tideway::dataset
