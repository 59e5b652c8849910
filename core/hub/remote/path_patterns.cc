#include "core/hub/remote/path_patterns.h"

#include <fnmatch.h>

#include <algorithm>

namespace tideway::hub {

PathPatterns::PathPatterns(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (pattern.ends_with('/')) {
      patterns_.push_back(pattern + "*");
    } else if (pattern.find_first_of("*?[\\") == pattern.npos) {
      names_.insert(pattern);
    } else {
      patterns_.push_back(pattern);
    }
  }
}

bool PathPatterns::Match(const std::string& path) const {
  return names_.contains(path) ||
         std::ranges::any_of(patterns_, [&path](const std::string& pattern) {
           return fnmatch(pattern.c_str(), path.c_str(), 0) == 0;
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
