#include "core/hub/remote/new_name.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <string_view>
#include <vector>

#include "core/base/log.h"

namespace tideway::hub {
namespace {

using Parts = std::vector<std::string_view>;

// What comes after the endpoint, up to the query.
Parts PartsOf(std::string_view url, std::string_view endpoint) {
  Parts parts;
  if (!url.starts_with(endpoint)) return parts;
  url.remove_prefix(endpoint.size());
  url = url.substr(0, url.find('?'));
  while (!url.empty()) {
    url.remove_prefix(1);
    parts.push_back(url.substr(0, url.find('/')));
    url.remove_prefix(parts.back().size());
  }
  return parts;
}

bool IsType(std::string_view part) {
  return part == "datasets" || part == "spaces" || part == "models";
}

// "datasets/ns/name"; empty: no address of a repository.
std::string RepositoryIn(std::string_view url, std::string_view endpoint) {
  Parts parts = PartsOf(url, endpoint);
  if (!parts.empty() && parts[0] == "api") parts.erase(parts.begin());
  if (!parts.empty() && parts[0] == "resolve-cache") parts.erase(parts.begin());
  const bool named = parts.size() >= 3 && IsType(parts[0]);
  if (!named) return "";
  std::string name(parts[2].substr(0, parts[2].find(".git")));
  return std::string(parts[0]) + "/" + std::string(parts[1]) + "/" + name;
}

}  // namespace

void TellNewName(const std::string& endpoint, const std::string& asked,
                 const std::string& answered) {
  static std::mutex mutex;
  static std::set<std::string> told;
  const std::string before = RepositoryIn(asked, endpoint), now = RepositoryIn(answered, endpoint);
  if (before.empty() || now.empty() || before == now) return;
  std::lock_guard lock(mutex);
  if (!told.insert(before).second) return;
  LogWarn("hub: {} has been renamed: name it {} from now on", before, now);
}

}  // namespace tideway::hub
