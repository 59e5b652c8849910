// An option that takes one of a few names.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/binding/arguments.h"

namespace tideway::binding {

// The value that `names` has for the option `name`; the first one is the default.
template <typename Value>
Result<Value> Choice(Options& options, const char* operation, const char* name,
                     const std::vector<std::pair<std::string, Value>>& names) {
  const std::string given = options.String(name, names[0].first);
  std::vector<std::string> known;
  std::string listed;
  for (const auto& [text, value] : names) {
    if (text == given) return value;
    known.push_back(text);
    listed += (listed.empty() ? "`" : ", `") + text + "`";
  }
  return Error(ErrorKind::kUsage, std::string(operation) + ": " + name + " must be one of " +
                                      listed + ": `" + given + "`" + DidYouMean(given, known));
}

}  // namespace tideway::binding
