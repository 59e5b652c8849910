#include "core/mirror/allow_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tideway::mirror {

Status CheckAllowed(const std::string& id, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    const auto slash = prefix.find('/');
    if (slash != prefix.npos && slash > 0) continue;
    return Error(ErrorKind::kUsage, fmt::format("mirror: no prefix of datasets: \"{}\"", prefix))
        .Hint("write a namespace with its slash, \"bigcode/\", or the whole name of a dataset");
  }
  const bool allowed = std::ranges::any_of(prefixes, [&](const std::string& prefix) {
    return prefix.ends_with('/') ? id.starts_with(prefix) : id == prefix;
  });
  if (allowed) return Status::OK();
  return Error(ErrorKind::kUsage,
               fmt::format(
                   "mirror: {} is not on the list of what may be mirrored: {}", id,
                   prefixes.empty() ? "it is empty" : fmt::format("{}", fmt::join(prefixes, ", "))))
      .Hint("add its namespace to `allow` if it is meant to be");
}

}  // namespace tideway::mirror
