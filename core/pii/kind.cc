#include "core/pii/kind.h"

#include <algorithm>

namespace tideway::pii {

std::optional<Kind> KindOfName(std::string_view name) {
  const auto found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<Kind>(found - kKindNames.begin());
}

std::string TagName(std::string_view name) {
  std::string tag(name);
  for (char& c : tag) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return tag;
}

}  // namespace tideway::pii
