#include "core/hub/remote/path_patterns.h"

#include <fnmatch.h>

#include <algorithm>

namespace tideway::hub {

bool MatchesAny(const std::string& path, const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns, [&path](const std::string& pattern) {
    const std::string whole = pattern.ends_with('/') ? pattern + "*" : pattern;
    return fnmatch(whole.c_str(), path.c_str(), 0) == 0;
  });
}

std::string PatternOfPath(const std::string& path) {
  std::string pattern;
  for (const char c : path) {
    if (c == '[' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace tideway::hub
