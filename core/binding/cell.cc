#include <arrow/api.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>

#include <utility>

#include "core/binding/arguments.h"
#include "core/binding/record.h"
#include "core/binding/shape.h"
#include "core/binding/value.h"

namespace tideway::binding {

namespace {

using arrow::Type;
using arrow::internal::checked_cast;

template <typename ArrayType>
auto ValueOf(const arrow::Array& column, int64_t row) {
  return checked_cast<const ArrayType&>(column).Value(row);
}
template <typename ArrayType>
void PushView(lua_State* L, const arrow::Array& column, int64_t row) {
  PushString(L, checked_cast<const ArrayType&>(column).GetView(row));
}

const char* UnitName(arrow::TimeUnit::type unit) {
  constexpr const char* kNames[] = {"s", "ms", "us", "ns"};
  return kNames[unit];
}

TimeValue Split(int64_t value, arrow::TimeUnit::type unit) {
  constexpr int64_t kPerSecond[] = {1, 1'000, 1'000'000, 1'000'000'000};
  const int64_t scale = kPerSecond[unit];
  int64_t seconds = value / scale;
  int64_t rest = value % scale;
  if (rest < 0) {
    rest += scale;
    --seconds;
  }
  return {seconds, rest * (1'000'000'000 / scale), UnitName(unit), ""};
}

template <typename ArrayType, typename TypeClass>
TimeValue SplitCell(const arrow::Array& column, int64_t row) {
  return Split(ValueOf<ArrayType>(column, row),
               checked_cast<const TypeClass&>(*column.type()).unit());
}

Status PushTemporal(lua_State* L, const arrow::Array& column, int64_t row) {
  constexpr int64_t kSecondsPerDay = 86'400;  // a date64 is a whole day by definition
  switch (column.type_id()) {
    case Type::DATE32:
      PushDate(L, ValueOf<arrow::Date32Array>(column, row));
      return Status::OK();
    case Type::DATE64:
      PushDate(L, Split(ValueOf<arrow::Date64Array>(column, row), arrow::TimeUnit::MILLI).seconds /
                      kSecondsPerDay);
      return Status::OK();
    case Type::TIME32:
      PushTime(L, kTimeOfDayClass, SplitCell<arrow::Time32Array, arrow::Time32Type>(column, row));
      return Status::OK();
    case Type::TIME64:
      PushTime(L, kTimeOfDayClass, SplitCell<arrow::Time64Array, arrow::Time64Type>(column, row));
      return Status::OK();
    case Type::DURATION:
      PushTime(L, kDurationClass,
               SplitCell<arrow::DurationArray, arrow::DurationType>(column, row));
      return Status::OK();
    default: {
      auto value = SplitCell<arrow::TimestampArray, arrow::TimestampType>(column, row);
      value.zone = checked_cast<const arrow::TimestampType&>(*column.type()).timezone();
      PushTime(L, kTimeClass, value);
      return Status::OK();
    }
  }
}

template <typename ArrayType>
Status PushDecimalCell(lua_State* L, const arrow::Array& column, int64_t row) {
  const auto& type = checked_cast<const arrow::DecimalType&>(*column.type());
  PushDecimal(
      L, {checked_cast<const ArrayType&>(column).FormatValue(row), type.precision(), type.scale()});
  return Status::OK();
}

Status PushElements(lua_State* L, const arrow::Array& values, int64_t begin, int64_t end) {
  lua_createtable(L, static_cast<int>(end - begin), 0);
  for (int64_t i = begin; i < end; ++i) {
    RETURN_NOT_OK(PushCell(L, values, i));
    lua_rawseti(L, -2, static_cast<int>(i - begin) + 1);
  }
  MarkArray(L, arrow::is_floating(values.type_id()));
  return Status::OK();
}

template <typename ArrayType>
Status PushList(lua_State* L, const arrow::Array& column, int64_t row) {
  const auto& list = checked_cast<const ArrayType&>(column);
  const int64_t begin = list.value_offset(row);
  return PushElements(L, *list.values(), begin, begin + list.value_length(row));
}

void PushShapeOf(lua_State* L, const arrow::FieldVector& fields) {
  std::vector<std::string> order, floats;
  for (const auto& field : fields) {
    order.push_back(field->name());
    if (arrow::is_floating(field->type()->id())) floats.push_back(field->name());
  }
  PushObjectShape(L, order, floats);
}

Status PushStruct(lua_State* L, const arrow::Array& column, int64_t row) {
  const auto& values = checked_cast<const arrow::StructArray&>(column);
  const auto& fields = column.type()->fields();
  lua_createtable(L, 0, values.num_fields());
  for (int i = 0; i < values.num_fields(); ++i) {
    PushString(L, fields[static_cast<size_t>(i)]->name());
    RETURN_NOT_OK(PushCell(L, *values.field(i), row));
    lua_rawset(L, -3);
  }
  PushShapeOf(L, fields);
  lua_setmetatable(L, -2);
  return Status::OK();
}

Status PushMap(lua_State* L, const arrow::Array& column, int64_t row) {
  const auto& map = checked_cast<const arrow::MapArray&>(column);
  const int64_t begin = map.value_offset(row);
  ARROW_ASSIGN_OR_RAISE(auto entries,
                        arrow::StructArray::Make(arrow::ArrayVector{map.keys(), map.items()},
                                                 std::vector<std::string>{"key", "value"}));
  return PushElements(L, *entries, begin, begin + map.value_length(row));
}

Status PushNested(lua_State* L, const arrow::Array& column, int64_t row) {
  switch (column.type_id()) {
    case Type::LIST:
      return PushList<arrow::ListArray>(L, column, row);
    case Type::LARGE_LIST:
      return PushList<arrow::LargeListArray>(L, column, row);
    case Type::FIXED_SIZE_LIST:
      return PushList<arrow::FixedSizeListArray>(L, column, row);
    case Type::MAP:
      return PushMap(L, column, row);
    case Type::STRUCT:
      return PushStruct(L, column, row);
    case Type::DICTIONARY: {
      const auto& dictionary = checked_cast<const arrow::DictionaryArray&>(column);
      return PushCell(L, *dictionary.dictionary(), dictionary.GetValueIndex(row));
    }
    case Type::EXTENSION:
      return PushCell(L, *checked_cast<const arrow::ExtensionArray&>(column).storage(), row);
    default:
      return Error(ErrorKind::kData,
                   "values: type has no form in Lua: " + column.type()->ToString());
  }
}

Status PushNumber(lua_State* L, const arrow::Array& column, int64_t row) {
  switch (column.type_id()) {
    case Type::INT8:
      PushInt(L, ValueOf<arrow::Int8Array>(column, row));
      break;
    case Type::INT16:
      PushInt(L, ValueOf<arrow::Int16Array>(column, row));
      break;
    case Type::INT32:
      PushInt(L, ValueOf<arrow::Int32Array>(column, row));
      break;
    case Type::INT64:
      PushInt(L, ValueOf<arrow::Int64Array>(column, row));
      break;
    case Type::UINT8:
      PushInt(L, ValueOf<arrow::UInt8Array>(column, row));
      break;
    case Type::UINT16:
      PushInt(L, ValueOf<arrow::UInt16Array>(column, row));
      break;
    case Type::UINT32:
      PushInt(L, ValueOf<arrow::UInt32Array>(column, row));
      break;
    case Type::UINT64:
      PushUint(L, ValueOf<arrow::UInt64Array>(column, row));
      break;
    case Type::HALF_FLOAT:
      lua_pushnumber(
          L,
          arrow::util::Float16::FromBits(ValueOf<arrow::HalfFloatArray>(column, row)).ToDouble());
      break;
    case Type::FLOAT:
      lua_pushnumber(L, static_cast<lua_Number>(ValueOf<arrow::FloatArray>(column, row)));
      break;
    default:
      lua_pushnumber(L, ValueOf<arrow::DoubleArray>(column, row));
  }
  return Status::OK();
}

Status PushText(lua_State* L, const arrow::Array& column, int64_t row) {
  switch (column.type_id()) {
    case Type::STRING:
    case Type::BINARY:
      PushView<arrow::BinaryArray>(L, column, row);
      break;
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      PushView<arrow::LargeBinaryArray>(L, column, row);
      break;
    case Type::FIXED_SIZE_BINARY:
      PushView<arrow::FixedSizeBinaryArray>(L, column, row);
      break;
    default:
      PushView<arrow::BinaryViewArray>(L, column, row);
  }
  return Status::OK();
}

Status PushValue(lua_State* L, const arrow::Array& column, int64_t row) {
  const Type::type id = column.type_id();
  if (id == Type::BOOL) {
    lua_pushboolean(L, ValueOf<arrow::BooleanArray>(column, row) ? 1 : 0);
    return Status::OK();
  }
  if (arrow::is_numeric(id) || id == Type::HALF_FLOAT) return PushNumber(L, column, row);
  if (id == Type::DECIMAL32) return PushDecimalCell<arrow::Decimal32Array>(L, column, row);
  if (id == Type::DECIMAL64) return PushDecimalCell<arrow::Decimal64Array>(L, column, row);
  if (id == Type::DECIMAL128) return PushDecimalCell<arrow::Decimal128Array>(L, column, row);
  if (id == Type::DECIMAL256) return PushDecimalCell<arrow::Decimal256Array>(L, column, row);
  if (arrow::is_temporal(id) || id == Type::DURATION) return PushTemporal(L, column, row);
  if (arrow::is_base_binary_like(id) || arrow::is_binary_view_like(id) ||
      id == Type::FIXED_SIZE_BINARY) {
    return PushText(L, column, row);
  }
  return PushNested(L, column, row);
}

}  // namespace

Status PushCell(lua_State* L, const arrow::Array& column, int64_t row) {
  luaL_checkstack(L, 8, "cell");
  if (column.IsNull(row)) {
    PushNull(L);
    return Status::OK();
  }
  const int top = lua_gettop(L);
  Status status = PushValue(L, column, row);
  if (!status.ok()) lua_settop(L, top);
  return status;
}

RowPusher::RowPusher(lua_State* L, std::shared_ptr<arrow::Schema> schema)
    : L_(L), schema_(std::move(schema)) {
  PushShapeOf(L_, schema_->fields());
  shape_ = luaL_ref(L_, LUA_REGISTRYINDEX);
}

RowPusher::~RowPusher() { luaL_unref(L_, LUA_REGISTRYINDEX, shape_); }

Status RowPusher::Push(const arrow::RecordBatch& batch, int64_t row) {
  const int top = lua_gettop(L_);
  lua_createtable(L_, 0, batch.num_columns());
  for (int i = 0; i < batch.num_columns(); ++i) {
    const std::string& name = schema_->field(i)->name();
    PushString(L_, name);
    Status status = PushCell(L_, *batch.column(i), row);
    if (!status.ok()) {
      lua_settop(L_, top);
      return WithContext("column `" + name + "`", status);
    }
    lua_rawset(L_, -3);
  }
  lua_rawgeti(L_, LUA_REGISTRYINDEX, shape_);
  lua_setmetatable(L_, -2);
  return Status::OK();
}

}  // namespace tideway::binding
