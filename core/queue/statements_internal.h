// The SQL of the queue, as each of its databases reads it.
#pragma once

#include <string>
#include <vector>

namespace tideway::queue {

// The version of the tables; goes up with every change that an older program would not understand.
inline constexpr int64_t kTablesVersion = 1;

struct Statements {
  std::vector<std::string> create;  // the tables; does nothing where they are
  std::string lock_creation;        // so that two who create do not meet; empty: need not be
  std::string has_tables;
  std::string version, set_version;

  // In those with a time `$1` is what is added to the database's clock; where it has none it is the
  // time itself.
  std::string push, push_bounded, claim, wake, revive, bury, heartbeat, complete, retry, dead;
  std::string release, cancel, rerun, age;
  std::string unfinished, find, find_key, touch_key, outcome, counts;
};

// `shared`: for PostgreSQL; else for SQLite.
const Statements& StatementsFor(bool shared);
// The columns that `find` gives, in order.
extern const char* const kRecordColumns;

}  // namespace tideway::queue
