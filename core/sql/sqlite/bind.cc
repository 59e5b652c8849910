#include "core/sql/sqlite/bind.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <string_view>

namespace tideway::sql::sqlite {
namespace {

struct Binder {
  sqlite3_stmt* statement;
  int slot;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, slot); }
  int operator()(bool value) const { return sqlite3_bind_int(statement, slot, value ? 1 : 0); }
  int operator()(int64_t value) const { return sqlite3_bind_int64(statement, slot, value); }
  int operator()(double value) const { return sqlite3_bind_double(statement, slot, value); }
  int operator()(const std::string& value) const {
    return sqlite3_bind_text64(statement, slot, value.data(), value.size(), SQLITE_TRANSIENT,
                               SQLITE_UTF8);
  }
};

// Which value, from 1, SQLite's parameter `slot` stands for. SQLite numbers `$2` by where it first
// occurs, as it does any name; the number written counts here.
Result<size_t> ValueNumber(sqlite3_stmt* statement, int slot) {
  const char* name = sqlite3_bind_parameter_name(statement, slot);
  if (name == nullptr) return static_cast<size_t>(slot);
  size_t number = 0;
  const char* end = name + std::strlen(name);
  const auto [parsed, error] = std::from_chars(name + 1, end, number);
  if ((name[0] != '$' && name[0] != '?') || error != std::errc() || parsed != end || number == 0) {
    return Error(ErrorKind::kUsage,
                 fmt::format("sql: parameters have numbers, not names: {}", name))
        .Hint("write $1, $2, ...");
  }
  return number;
}

}  // namespace

Status BindParams(sqlite3_stmt* statement, const std::vector<Param>& params) {
  size_t used = 0;
  for (int slot = 1; slot <= sqlite3_bind_parameter_count(statement); ++slot) {
    ARROW_ASSIGN_OR_RAISE(const size_t number, ValueNumber(statement, slot));
    used = std::max(used, number);
    if (number > params.size()) continue;
    if (std::visit(Binder{statement, slot}, params[number - 1]) != SQLITE_OK) {
      return Error(ErrorKind::kUsage, fmt::format("sql: parameter ${} is too long", number));
    }
  }
  if (used == params.size()) return Status::OK();
  return Error(ErrorKind::kUsage, fmt::format("sql: the statement takes {} parameters: {} given",
                                              used, params.size()));
}

}  // namespace tideway::sql::sqlite
