#include "core/binding/infer.h"

#include <arrow/api.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/base/utf8.h"
#include "core/binding/integer.h"
#include "core/binding/record.h"
#include "core/binding/shape.h"
#include "core/binding/userdata.h"
#include "core/binding/value.h"

namespace tideway::binding {

namespace {

using arrow::Type;
using arrow::internal::checked_cast;

arrow::TimeUnit::type UnitNamed(const std::string& name) {
  if (name == "s") return arrow::TimeUnit::SECOND;
  if (name == "ms") return arrow::TimeUnit::MILLI;
  return name == "ns" ? arrow::TimeUnit::NANO : arrow::TimeUnit::MICRO;
}

TypePtr TimeOfDayType(arrow::TimeUnit::type unit) {
  return unit <= arrow::TimeUnit::MILLI ? arrow::time32(unit) : arrow::time64(unit);
}

TypePtr DecimalTypeFor(int precision, int scale) {
  precision = std::max({precision, scale, 1});
  if (precision > arrow::Decimal256Type::kMaxPrecision) return nullptr;
  return precision > arrow::Decimal128Type::kMaxPrecision ? arrow::decimal256(precision, scale)
                                                          : arrow::decimal128(precision, scale);
}

TypePtr TypeOfRecord(lua_State* L, int index) {
  if (auto time = ToTime(L, index, kTimeClass)) {
    return arrow::timestamp(UnitNamed(time->unit), time->zone);
  }
  if (auto time = ToTime(L, index, kTimeOfDayClass)) return TimeOfDayType(UnitNamed(time->unit));
  if (auto time = ToTime(L, index, kDurationClass)) return arrow::duration(UnitNamed(time->unit));
  if (auto decimal = ToDecimal(L, index)) return DecimalTypeFor(decimal->precision, decimal->scale);
  return arrow::date32();
}

TypePtr TypeOfText(lua_State* L, int index) {
  size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  const bool valid = IsUtf8({text, size});
  return valid ? arrow::utf8() : arrow::binary();
}

TypePtr TypeOfNumber(double number, bool is_float) {
  const bool whole =
      number == std::floor(number) && std::abs(number) <= static_cast<double>(kMaxExactInt);
  return whole && !is_float ? arrow::int64() : arrow::float64();
}

Status Mixed(const std::string& what, const arrow::DataType& a, const arrow::DataType& b) {
  return Error(ErrorKind::kData,
               what + ": " + b.ToString() + " among values of type " + a.ToString());
}

Result<TypePtr> TypeOfList(lua_State* L, int index, int shape) {
  TypePtr type = arrow::null();
  const int count = static_cast<int>(lua_objlen(L, index));
  for (int i = 1; i <= count; ++i) {
    lua_pushinteger(L, i);
    lua_rawgeti(L, index, i);
    const int key = lua_gettop(L) - 1;
    ARROW_ASSIGN_OR_RAISE(TypePtr element, TypeOfValue(L, key + 1, IsFloatKey(L, shape, key)));
    lua_pop(L, 2);
    TypePtr shared = SharedType(type, element);
    if (shared == nullptr) return Mixed("element " + std::to_string(i), *type, *element);
    type = std::move(shared);
  }
  return arrow::list(type);
}

Result<TypePtr> TypeOfStruct(lua_State* L, int index, int shape) {
  arrow::FieldVector fields;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) {
      return Error(ErrorKind::kData, "table has named and other entries");
    }
    const int key = lua_gettop(L) - 1;
    const std::string name = lua_tostring(L, key);
    auto type = TypeOfValue(L, key + 1, IsFloatKey(L, shape, key));
    if (!type.ok()) return WithContext("`" + name + "`", type.status());
    fields.push_back(arrow::field(name, *type));
  }
  const std::vector<std::string> order = OrderOf(L, shape);
  auto place = [&order](const std::shared_ptr<arrow::Field>& field) {
    return std::find(order.begin(), order.end(), field->name()) - order.begin();
  };
  std::sort(fields.begin(), fields.end(), [&place](const auto& a, const auto& b) {
    return std::pair(place(a), a->name()) < std::pair(place(b), b->name());
  });
  return arrow::struct_(fields);
}

Result<TypePtr> TypeOfTable(lua_State* L, int index) {
  if (index < 0) index += lua_gettop(L) + 1;
  if (IsRecord(L, index)) {
    TypePtr type = TypeOfRecord(L, index);
    if (type == nullptr) return Error(ErrorKind::kData, "decimal has more than 76 digits");
    return type;
  }
  if (lua_gettop(L) > 1000) return Error(ErrorKind::kData, "table is nested too deeply");
  const Shape shape = PushShape(L, index);
  const int shape_index = lua_gettop(L);
  const bool list = shape == Shape::kArray || (shape == Shape::kPlain && lua_objlen(L, index) > 0);
  auto type = list ? TypeOfList(L, index, shape_index) : TypeOfStruct(L, index, shape_index);
  lua_settop(L, shape_index - 1);
  return type;
}

template <typename TypeClass>
arrow::TimeUnit::type FinerUnit(const TypePtr& a, const TypePtr& b) {
  return std::max(checked_cast<const TypeClass&>(*a).unit(),
                  checked_cast<const TypeClass&>(*b).unit());
}

arrow::TimeUnit::type TimeOfDayUnit(const TypePtr& type) {
  return checked_cast<const arrow::TimeType&>(*type).unit();
}

TypePtr SharedDecimal(const TypePtr& a, const TypePtr& b) {
  const auto& x = checked_cast<const arrow::DecimalType&>(*a);
  const auto& y = checked_cast<const arrow::DecimalType&>(*b);
  const int scale = std::max(x.scale(), y.scale());
  return DecimalTypeFor(std::max(x.precision() - x.scale(), y.precision() - y.scale()) + scale,
                        scale);
}

TypePtr SharedStruct(const TypePtr& a, const TypePtr& b) {
  arrow::FieldVector fields = a->fields();
  for (const auto& field : b->fields()) {
    auto found = std::find_if(fields.begin(), fields.end(), [&field](const auto& other) {
      return other->name() == field->name();
    });
    if (found == fields.end()) {
      fields.push_back(field);
      continue;
    }
    TypePtr shared = SharedType((*found)->type(), field->type());
    if (shared == nullptr) return nullptr;
    *found = arrow::field(field->name(), shared);
  }
  return arrow::struct_(fields);
}

TypePtr SharedNumber(Type::type a, Type::type b) {
  const bool has_float = a == Type::DOUBLE || b == Type::DOUBLE;
  return has_float ? arrow::float64() : arrow::uint64();
}

// For two types of one kind that differ in their parameters.
TypePtr SharedOfKind(const TypePtr& a, const TypePtr& b) {
  switch (a->id()) {
    case Type::TIMESTAMP: {
      const auto& zone = checked_cast<const arrow::TimestampType&>(*a).timezone();
      if (zone != checked_cast<const arrow::TimestampType&>(*b).timezone()) return nullptr;
      return arrow::timestamp(FinerUnit<arrow::TimestampType>(a, b), zone);
    }
    case Type::DURATION:
      return arrow::duration(FinerUnit<arrow::DurationType>(a, b));
    case Type::LIST: {
      TypePtr element = SharedType(a->field(0)->type(), b->field(0)->type());
      return element == nullptr ? nullptr : arrow::list(element);
    }
    case Type::STRUCT:
      return SharedStruct(a, b);
    default:
      return nullptr;
  }
}

bool IsEmptyStruct(const TypePtr& type) {
  return type->id() == Type::STRUCT && type->num_fields() == 0;
}

}  // namespace

Result<TypePtr> TypeOfValue(lua_State* L, int index, bool is_float) {
  luaL_checkstack(L, 10, "rows");
  uint64_t bits = 0;
  switch (lua_type(L, index)) {
    case LUA_TNIL:
      return arrow::null();
    case LUA_TBOOLEAN:
      return arrow::boolean();
    case LUA_TNUMBER:
      return TypeOfNumber(lua_tonumber(L, index), is_float);
    case LUA_TSTRING:
      return TypeOfText(L, index);
    case LUA_TTABLE:
      return TypeOfTable(L, index);
    default:
      break;
  }
  if (IsNull(L, index)) return arrow::null();
  const Boxed boxed = ReadBoxed(L, index, &bits);
  if (boxed == Boxed::kNone) {
    return Error(ErrorKind::kData, "a " + TypeName(L, index) + " cannot be stored in a column");
  }
  return boxed == Boxed::kInt64 ? arrow::int64() : arrow::uint64();
}

TypePtr SharedType(const TypePtr& a, const TypePtr& b) {
  if (a->Equals(*b) || b->id() == Type::NA) return a;
  if (a->id() == Type::NA) return b;
  if (arrow::is_numeric(a->id()) && arrow::is_numeric(b->id())) {
    return SharedNumber(a->id(), b->id());
  }
  if (arrow::is_base_binary_like(a->id()) && arrow::is_base_binary_like(b->id())) {
    return arrow::binary();
  }
  if (arrow::is_decimal(a->id()) && arrow::is_decimal(b->id())) return SharedDecimal(a, b);
  if (arrow::is_time(a->id()) && arrow::is_time(b->id())) {
    return TimeOfDayType(std::max(TimeOfDayUnit(a), TimeOfDayUnit(b)));
  }
  if (IsEmptyStruct(a) && b->id() == Type::LIST) return b;
  if (IsEmptyStruct(b) && a->id() == Type::LIST) return a;
  return a->id() == b->id() ? SharedOfKind(a, b) : nullptr;
}

}  // namespace tideway::binding
