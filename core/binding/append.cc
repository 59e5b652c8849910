#include "core/binding/append.h"

#include <arrow/api.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>

#include <limits>
#include <string>
#include <string_view>

#include "core/base/utf8.h"
#include "core/binding/integer.h"
#include "core/binding/record.h"
#include "core/binding/shape.h"
#include "core/binding/userdata.h"
#include "core/binding/value.h"

namespace tideway::binding {

namespace {

using arrow::ArrayBuilder;
using arrow::Type;
using arrow::internal::checked_cast;

std::string Show(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    lua_pushvalue(L, index);
    std::string text = lua_tostring(L, -1);
    lua_pop(L, 1);
    return text;
  }
  return "a " + TypeName(L, index);
}

Status Misfit(lua_State* L, int index, const ArrayBuilder& builder) {
  return Error(ErrorKind::kData, Show(L, index) + " is not of type " + builder.type()->ToString());
}

template <typename Builder>
Status AppendInt(lua_State* L, int index, ArrayBuilder* builder) {
  using Value = typename Builder::value_type;
  auto value = ToInt(L, index);
  if (!value || !std::in_range<Value>(*value)) return Misfit(L, index, *builder);
  return checked_cast<Builder*>(builder)->Append(static_cast<Value>(*value));
}

Status AppendUint64(lua_State* L, int index, ArrayBuilder* builder) {
  uint64_t bits = 0;
  if (ReadBoxed(L, index, &bits) == Boxed::kUint64) {
    return checked_cast<arrow::UInt64Builder*>(builder)->Append(bits);
  }
  return AppendInt<arrow::UInt64Builder>(L, index, builder);
}

Status AppendFloat(lua_State* L, int index, ArrayBuilder* builder) {
  double number = lua_tonumber(L, index);
  if (lua_type(L, index) != LUA_TNUMBER) {
    auto value = ToInt(L, index);
    if (!value || *value > kMaxExactInt || *value < -kMaxExactInt) {
      return Misfit(L, index, *builder);
    }
    number = static_cast<double>(*value);
  }
  switch (builder->type()->id()) {
    case Type::HALF_FLOAT:
      return checked_cast<arrow::HalfFloatBuilder*>(builder)->Append(
          arrow::util::Float16::FromDouble(number).bits());
    case Type::FLOAT:
      return checked_cast<arrow::FloatBuilder*>(builder)->Append(static_cast<float>(number));
    default:
      return checked_cast<arrow::DoubleBuilder*>(builder)->Append(number);
  }
}

Status AppendNumber(lua_State* L, int index, ArrayBuilder* builder) {
  switch (builder->type()->id()) {
    case Type::INT8:
      return AppendInt<arrow::Int8Builder>(L, index, builder);
    case Type::INT16:
      return AppendInt<arrow::Int16Builder>(L, index, builder);
    case Type::INT32:
      return AppendInt<arrow::Int32Builder>(L, index, builder);
    case Type::INT64:
      return AppendInt<arrow::Int64Builder>(L, index, builder);
    case Type::UINT8:
      return AppendInt<arrow::UInt8Builder>(L, index, builder);
    case Type::UINT16:
      return AppendInt<arrow::UInt16Builder>(L, index, builder);
    case Type::UINT32:
      return AppendInt<arrow::UInt32Builder>(L, index, builder);
    case Type::UINT64:
      return AppendUint64(L, index, builder);
    default:
      return AppendFloat(L, index, builder);
  }
}

Status AppendText(lua_State* L, int index, ArrayBuilder* builder) {
  if (lua_type(L, index) != LUA_TSTRING) return Misfit(L, index, *builder);
  size_t size = 0;
  const char* data = lua_tolstring(L, index, &size);
  const std::string_view text(data, size);
  const Type::type id = builder->type()->id();
  if (arrow::is_string(id) && !IsUtf8(text)) {
    return Error(ErrorKind::kData, "text is not valid UTF-8");
  }
  switch (id) {
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return checked_cast<arrow::LargeBinaryBuilder*>(builder)->Append(text);
    case Type::FIXED_SIZE_BINARY: {
      auto* fixed = checked_cast<arrow::FixedSizeBinaryBuilder*>(builder);
      if (static_cast<int>(size) != fixed->byte_width()) return Misfit(L, index, *builder);
      return fixed->Append(text);
    }
    default:
      return checked_cast<arrow::BinaryBuilder*>(builder)->Append(text);
  }
}

// The count of `unit` in a time; an error when it holds a finer part, or more than an int64 does.
Result<int64_t> CountUnits(const TimeValue& time, arrow::TimeUnit::type unit) {
  constexpr int64_t kPerSecond[] = {1, 1'000, 1'000'000, 1'000'000'000};
  const int64_t scale = kPerSecond[unit];
  const int64_t nanoseconds = 1'000'000'000 / scale;
  int64_t count = 0;
  if (time.nanoseconds % nanoseconds != 0) {
    return Error(ErrorKind::kData, "time is finer than the column's unit");
  }
  if (__builtin_mul_overflow(time.seconds, scale, &count) ||
      __builtin_add_overflow(count, time.nanoseconds / nanoseconds, &count)) {
    return Error(ErrorKind::kData, "time is outside the range of the column's unit");
  }
  return count;
}

template <typename Builder, typename TypeClass>
Status AppendTime(lua_State* L, int index, const char* class_name, ArrayBuilder* builder) {
  auto time = ToTime(L, index, class_name);
  if (!time) return Misfit(L, index, *builder);
  const auto unit = checked_cast<const TypeClass&>(*builder->type()).unit();
  ARROW_ASSIGN_OR_RAISE(int64_t count, CountUnits(*time, unit));
  return checked_cast<Builder*>(builder)->Append(static_cast<typename Builder::value_type>(count));
}

Status AppendTimestamp(lua_State* L, int index, ArrayBuilder* builder) {
  auto time = ToTime(L, index, kTimeClass);
  const auto& type = checked_cast<const arrow::TimestampType&>(*builder->type());
  if (time && time->zone.empty() != type.timezone().empty()) {
    return Error(ErrorKind::kData, time->zone.empty() ? "time has no zone, but the column has"
                                                      : "time has a zone, but the column has none");
  }
  return AppendTime<arrow::TimestampBuilder, arrow::TimestampType>(L, index, kTimeClass, builder);
}

Status AppendTemporal(lua_State* L, int index, ArrayBuilder* builder) {
  constexpr int64_t kMillisecondsPerDay = 86'400'000;
  const Type::type id = builder->type()->id();
  switch (id) {
    case Type::TIME32:
      return AppendTime<arrow::Time32Builder, arrow::Time32Type>(L, index, kTimeOfDayClass,
                                                                 builder);
    case Type::TIME64:
      return AppendTime<arrow::Time64Builder, arrow::Time64Type>(L, index, kTimeOfDayClass,
                                                                 builder);
    case Type::DURATION:
      return AppendTime<arrow::DurationBuilder, arrow::DurationType>(L, index, kDurationClass,
                                                                     builder);
    case Type::TIMESTAMP:
      return AppendTimestamp(L, index, builder);
    default:
      break;
  }
  auto days = ToDate(L, index);
  if (!days || !std::in_range<int32_t>(*days)) return Misfit(L, index, *builder);
  if (id == Type::DATE64) {
    return checked_cast<arrow::Date64Builder*>(builder)->Append(*days * kMillisecondsPerDay);
  }
  return checked_cast<arrow::Date32Builder*>(builder)->Append(static_cast<int32_t>(*days));
}

template <typename Builder, typename Decimal>
Status AppendDecimalOf(const DecimalValue& value, ArrayBuilder* builder) {
  const auto& type = checked_cast<const arrow::DecimalType&>(*builder->type());
  Decimal decimal;
  int32_t precision = 0;
  int32_t scale = 0;
  RETURN_NOT_OK(Decimal::FromString(value.text, &decimal, &precision, &scale));
  ARROW_ASSIGN_OR_RAISE(decimal, decimal.Rescale(scale, type.scale()));
  if (!decimal.FitsInPrecision(type.precision())) {
    return Error(ErrorKind::kData, value.text + " is not of type " + type.ToString());
  }
  return checked_cast<Builder*>(builder)->Append(decimal);
}

Status AppendDecimal(lua_State* L, int index, ArrayBuilder* builder) {
  auto value = ToDecimal(L, index);
  if (!value) return Misfit(L, index, *builder);
  switch (builder->type()->id()) {
    case Type::DECIMAL32:
      return AppendDecimalOf<arrow::Decimal32Builder, arrow::Decimal32>(*value, builder);
    case Type::DECIMAL64:
      return AppendDecimalOf<arrow::Decimal64Builder, arrow::Decimal64>(*value, builder);
    case Type::DECIMAL128:
      return AppendDecimalOf<arrow::Decimal128Builder, arrow::Decimal128>(*value, builder);
    default:
      return AppendDecimalOf<arrow::Decimal256Builder, arrow::Decimal256>(*value, builder);
  }
}

// A list: a table that is not marked as an object. Appends its elements to `values`.
Result<int64_t> CountElements(lua_State* L, int index, const ArrayBuilder& builder) {
  if (!lua_istable(L, index) || IsRecord(L, index)) return Misfit(L, index, builder);
  const bool object = PushShape(L, index) == Shape::kObject;
  lua_pop(L, 1);
  const auto count = static_cast<int64_t>(lua_objlen(L, index));
  if (object && count == 0) return Misfit(L, index, builder);
  return count;
}

Status AppendElements(lua_State* L, int index, int64_t count, ArrayBuilder* values) {
  for (int64_t i = 1; i <= count; ++i) {
    lua_rawgeti(L, index, static_cast<int>(i));
    Status status = AppendValue(L, lua_gettop(L), values);
    lua_pop(L, 1);
    if (!status.ok()) return WithContext("element " + std::to_string(i), status);
  }
  return Status::OK();
}

template <typename Builder>
Status AppendList(lua_State* L, int index, ArrayBuilder* builder) {
  ARROW_ASSIGN_OR_RAISE(int64_t count, CountElements(L, index, *builder));
  auto* list = checked_cast<Builder*>(builder);
  RETURN_NOT_OK(list->Append());
  return AppendElements(L, index, count, list->value_builder());
}

Status AppendFixedList(lua_State* L, int index, ArrayBuilder* builder) {
  ARROW_ASSIGN_OR_RAISE(int64_t count, CountElements(L, index, *builder));
  const auto type = builder->type();  // nested builders make it anew at each call
  if (count != checked_cast<const arrow::FixedSizeListType&>(*type).list_size()) {
    return Error(ErrorKind::kData,
                 "list of " + std::to_string(count) + " is not of type " + type->ToString());
  }
  auto* list = checked_cast<arrow::FixedSizeListBuilder*>(builder);
  RETURN_NOT_OK(list->Append());
  return AppendElements(L, index, count, list->value_builder());
}

Status AppendStruct(lua_State* L, int index, ArrayBuilder* builder) {
  if (!lua_istable(L, index) || IsRecord(L, index) || lua_objlen(L, index) > 0) {
    return Misfit(L, index, *builder);
  }
  auto* structs = checked_cast<arrow::StructBuilder*>(builder);
  const auto type = builder->type();  // nested builders make it anew at each call
  RETURN_NOT_OK(structs->Append());
  for (int i = 0; i < structs->num_fields(); ++i) {
    const std::string& name = type->field(i)->name();
    lua_getfield(L, index, name.c_str());
    Status status = AppendValue(L, lua_gettop(L), structs->field_builder(i));
    lua_pop(L, 1);
    if (!status.ok()) return WithContext("`" + name + "`", status);
  }
  return Status::OK();
}

Status AppendMap(lua_State* L, int index, ArrayBuilder* builder) {
  ARROW_ASSIGN_OR_RAISE(int64_t count, CountElements(L, index, *builder));
  auto* map = checked_cast<arrow::MapBuilder*>(builder);
  RETURN_NOT_OK(map->Append());
  for (int64_t i = 1; i <= count; ++i) {
    lua_rawgeti(L, index, static_cast<int>(i));
    const int entry = lua_gettop(L);
    if (!lua_istable(L, entry)) return Misfit(L, entry, *builder);
    lua_getfield(L, entry, "key");
    lua_getfield(L, entry, "value");
    RETURN_NOT_OK(AppendValue(L, entry + 1, map->key_builder()));
    RETURN_NOT_OK(AppendValue(L, entry + 2, map->item_builder()));
    lua_settop(L, entry - 1);
  }
  return Status::OK();
}

Status AppendNested(lua_State* L, int index, ArrayBuilder* builder) {
  switch (builder->type()->id()) {
    case Type::LIST:
      return AppendList<arrow::ListBuilder>(L, index, builder);
    case Type::LARGE_LIST:
      return AppendList<arrow::LargeListBuilder>(L, index, builder);
    case Type::FIXED_SIZE_LIST:
      return AppendFixedList(L, index, builder);
    case Type::STRUCT:
      return AppendStruct(L, index, builder);
    case Type::MAP:
      return AppendMap(L, index, builder);
    default:
      return Misfit(L, index, *builder);
  }
}

}  // namespace

Status AppendValue(lua_State* L, int index, ArrayBuilder* builder) {
  luaL_checkstack(L, 8, "rows");
  if (lua_isnil(L, index) || IsNull(L, index)) return builder->AppendNull();
  const Type::type id = builder->type()->id();
  if (id == Type::BOOL) {
    if (!lua_isboolean(L, index)) return Misfit(L, index, *builder);
    return checked_cast<arrow::BooleanBuilder*>(builder)->Append(lua_toboolean(L, index) != 0);
  }
  if (arrow::is_numeric(id) || id == Type::HALF_FLOAT) return AppendNumber(L, index, builder);
  if (arrow::is_base_binary_like(id) || id == Type::FIXED_SIZE_BINARY) {
    return AppendText(L, index, builder);
  }
  if (arrow::is_decimal(id)) return AppendDecimal(L, index, builder);
  if (arrow::is_temporal(id) || id == Type::DURATION) return AppendTemporal(L, index, builder);
  return AppendNested(L, index, builder);
}

}  // namespace tideway::binding
