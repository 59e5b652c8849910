// What stands in the place of a value; see redact.h. Threads: functions are pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/pii/kind.h"

namespace tideway::pii::internal {

// "<EMAIL>"
std::string Tag(std::string_view name);
// "<EMAIL_9f86d081884c7d65>"
std::string HashedTag(std::string_view name, std::string_view value, const std::string& key);
// An invented value of the kind.
std::string Fake(Kind kind, std::string_view value, const std::string& key);

// Whether the address is one that Fake gives.
bool IsFakeEmail(std::string_view address);
// The byte behind the tag, with a hash or without, that begins at text[begin] and has one of
// `names`; `begin` when there is none.
size_t TagEnd(std::string_view text, size_t begin, const std::set<std::string>& names);

}  // namespace tideway::pii::internal
