#include <arrow/api.h>
#include <arrow/compute/api.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/binding/append.h"
#include "core/binding/arguments.h"
#include "core/binding/infer.h"
#include "core/binding/shape.h"
#include "core/binding/userdata.h"
#include "core/binding/value.h"

namespace tideway::binding {

namespace {

struct Column {
  std::string name;
  TypePtr type;  // grows with the rows until all are seen
  bool declared = false;
};

std::string Place(const std::string& column, int64_t row) {
  return "from_rows: column `" + column + "`, row " + std::to_string(row);
}

// The rows of a list, in two passes: the columns and their types, then the values.
class RowReader {
 public:
  RowReader(lua_State* L, int index) : L_(L), rows_(index) {}
  Status Infer(const arrow::FieldVector& declared);
  Result<std::shared_ptr<arrow::Table>> Build();

 private:
  Status CheckList();
  Status PushRow(int64_t row);
  Status InferRow(int64_t row);
  Status InferCell(const std::string& name, int64_t row, bool is_float);
  Result<std::vector<std::string>> NamesOf(int row, int shape);
  Result<std::shared_ptr<arrow::Array>> BuildColumn(const Column& column);

  lua_State* const L_;
  const int rows_;
  std::vector<Column> columns_;
  std::unordered_map<std::string, size_t> places_;
};

// A key that is no place in the list is a mistake: its value would be left out.
Status RowReader::CheckList() {
  const auto count = static_cast<double>(lua_objlen(L_, rows_));
  for (lua_pushnil(L_); lua_next(L_, rows_) != 0; lua_pop(L_, 1)) {
    const bool number = lua_type(L_, -2) == LUA_TNUMBER;
    if (number && lua_tonumber(L_, -2) >= 1 && lua_tonumber(L_, -2) <= count) continue;
    lua_pushvalue(L_, -2);
    const char* text = lua_tostring(L_, -1);
    return Error(ErrorKind::kUsage,
                 std::string("from_rows: rows must be a list without holes, not a table with the "
                             "key `") +
                     (text != nullptr ? text : TypeName(L_, -1)) + "`")
        .Hint("a row stands in a list too: from_rows { { a = 1 } }");
  }
  return Status::OK();
}

Status RowReader::PushRow(int64_t row) {
  lua_rawgeti(L_, rows_, static_cast<int>(row));
  if (lua_istable(L_, -1)) return Status::OK();
  return Error(ErrorKind::kUsage, "from_rows: row " + std::to_string(row) +
                                      " must be a table, not " + TypeName(L_, -1));
}

Status RowReader::Infer(const arrow::FieldVector& declared) {
  RETURN_NOT_OK(CheckList());
  for (const auto& field : declared) {
    places_[field->name()] = columns_.size();
    columns_.push_back({field->name(), field->type(), true});
  }
  const auto count = static_cast<int64_t>(lua_objlen(L_, rows_));
  for (int64_t row = 1; row <= count; ++row) RETURN_NOT_OK(InferRow(row));
  return Status::OK();
}

// As the row knows them, else sorted.
Result<std::vector<std::string>> RowReader::NamesOf(int row, int shape) {
  std::vector<std::string> names;
  for (lua_pushnil(L_); lua_next(L_, row) != 0; lua_pop(L_, 1)) {
    if (lua_type(L_, -2) != LUA_TSTRING) {
      return Error(ErrorKind::kUsage, "a column name must be a string, not " + TypeName(L_, -2));
    }
    names.emplace_back(lua_tostring(L_, -2));
  }
  const std::vector<std::string> order = OrderOf(L_, shape);
  auto place = [&order](const std::string& name) {
    return std::find(order.begin(), order.end(), name) - order.begin();
  };
  std::sort(names.begin(), names.end(), [&place](const auto& a, const auto& b) {
    return std::pair(place(a), std::string_view(a)) < std::pair(place(b), std::string_view(b));
  });
  return names;
}

Status RowReader::InferRow(int64_t row) {
  const int top = lua_gettop(L_);
  RETURN_NOT_OK(PushRow(row));
  if (lua_objlen(L_, -1) > 0) {
    return Error(ErrorKind::kUsage, "from_rows: row " + std::to_string(row) +
                                        " is a list; a row is a table of column names and values");
  }
  PushShape(L_, top + 1);
  const auto names = NamesOf(top + 1, top + 2);
  if (!names.ok()) return WithContext("from_rows: row " + std::to_string(row), names.status());
  for (const std::string& name : *names) {
    PushString(L_, name);
    lua_pushvalue(L_, -1);
    lua_rawget(L_, top + 1);
    RETURN_NOT_OK(InferCell(name, row, IsFloatKey(L_, top + 2, top + 3)));
    lua_pop(L_, 2);
  }
  lua_settop(L_, top);
  return Status::OK();
}

// The value is on top of the stack.
Status RowReader::InferCell(const std::string& name, int64_t row, bool is_float) {
  auto [place, is_new] = places_.try_emplace(name, columns_.size());
  if (is_new) columns_.push_back({name, arrow::null()});
  Column& column = columns_[place->second];
  if (column.declared) return Status::OK();
  auto type = TypeOfValue(L_, lua_gettop(L_), is_float);
  if (!type.ok()) return WithContext(Place(name, row), type.status());
  TypePtr shared = SharedType(column.type, *type);
  if (shared == nullptr) {
    return Error(ErrorKind::kData, Place(name, row) + ": " + (*type)->ToString() +
                                       " among values of type " + column.type->ToString());
  }
  column.type = std::move(shared);
  return Status::OK();
}

Result<std::shared_ptr<arrow::Array>> RowReader::BuildColumn(const Column& column) {
  TypePtr type = column.type;
  const bool dictionary = type->id() == arrow::Type::DICTIONARY;
  if (dictionary) type = static_cast<const arrow::DictionaryType&>(*type).value_type();
  ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type));
  const auto count = static_cast<int64_t>(lua_objlen(L_, rows_));
  for (int64_t row = 1; row <= count; ++row) {
    RETURN_NOT_OK(PushRow(row));
    PushString(L_, column.name);
    lua_rawget(L_, -2);
    Status status = AppendValue(L_, lua_gettop(L_), builder.get());
    if (!status.ok()) return WithContext(Place(column.name, row), status);
    lua_pop(L_, 2);
  }
  ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
  if (!dictionary) return array;
  ARROW_ASSIGN_OR_RAISE(auto encoded, arrow::compute::DictionaryEncode(array));
  if (encoded.type()->Equals(*column.type)) return encoded.make_array();
  ARROW_ASSIGN_OR_RAISE(auto cast, arrow::compute::Cast(encoded, column.type));
  return cast.make_array();
}

Result<std::shared_ptr<arrow::Table>> RowReader::Build() {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const Column& column : columns_) {
    fields.push_back(arrow::field(column.name, column.type));
    ARROW_ASSIGN_OR_RAISE(auto array, BuildColumn(column));
    arrays.push_back(std::move(array));
  }
  return arrow::Table::Make(arrow::schema(std::move(fields)), std::move(arrays),
                            static_cast<int64_t>(lua_objlen(L_, rows_)));
}

}  // namespace

Result<std::shared_ptr<arrow::Table>> RowsToTable(lua_State* L, int index,
                                                  const arrow::FieldVector& declared) {
  if (index < 0) index += lua_gettop(L) + 1;
  if (!lua_istable(L, index)) {
    return Error(ErrorKind::kUsage, "from_rows: rows must be a list, not " + TypeName(L, index));
  }
  const int top = lua_gettop(L);
  RowReader reader(L, index);
  Status status = reader.Infer(declared);
  if (!status.ok()) {
    lua_settop(L, top);
    return status;
  }
  auto table = reader.Build();
  lua_settop(L, top);
  return table;
}

}  // namespace tideway::binding
