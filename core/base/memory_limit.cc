#include "core/base/memory_limit.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string_view>
#include <vector>

#include "core/base/file.h"

namespace tideway {
namespace {

// The names that a version of cgroups has for the same things.
struct Version {
  const char* name;
  const char* limit;
  const char* used;
  const char* droppable;  // in memory.stat: pages of files that nothing has used of late
};
constexpr Version kVersion1 = {"cgroup v1", "memory.limit_in_bytes", "memory.usage_in_bytes",
                               "total_inactive_file"};
constexpr Version kVersion2 = {"cgroup v2", "memory.max", "memory.current", "inactive_file"};

// A group of this process: its folder is `mount` + `path`.
struct Group {
  const Version* version;
  std::string mount;
  std::string path;  // "/a/b", or "" for the topmost
};

std::string TextOf(const std::string& path) { return ReadFile(path).ValueOr(""); }

// The whole number at the start of `text`; nothing for "max" and all else.
std::optional<int64_t> NumberAt(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  return number;
}

// The number after `key` in lines of "key number", such as memory.stat and meminfo.
std::optional<int64_t> NumberOf(const std::string& text, std::string_view key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    const size_t at = line.find_first_not_of(" \t", key.size());
    if (at != key.size() && at != line.npos) return NumberAt(std::string_view(line).substr(at));
  }
  return std::nullopt;
}

// The number after "avg10=" in the line of "some".
std::optional<double> PressureIn(const std::string& text) {
  constexpr std::string_view kStart = "some avg10=";
  if (!text.starts_with(kStart)) return std::nullopt;
  double percent = 0;
  const char* const from = text.data() + kStart.size();
  const auto [end, error] = std::from_chars(from, text.data() + text.size(), percent);
  return error == std::errc() ? std::optional(percent) : std::nullopt;
}

// Of a line of /proc/self/cgroup, "4:memory:/a/b" or "0::/a/b": controllers and path.
std::optional<Group> GroupOf(const std::string& line, const std::string& root) {
  const size_t first = line.find(':'), second = line.find(':', first + 1);
  if (second == line.npos) return std::nullopt;
  const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
  std::string path = line.substr(second + 1);
  // A group outside of what this process sees: then the topmost that it does see holds it.
  if (path == "/" || path.find("/..") != path.npos) path.clear();
  if (controllers.find(",memory,") != controllers.npos) {
    return Group{&kVersion1, root + "/memory", path};
  }
  if (controllers == ",,") return Group{&kVersion2, root, path};
  return std::nullopt;
}

std::vector<Group> Groups(const std::string& root, const std::string& proc) {
  std::vector<Group> groups;
  std::istringstream lines(TextOf(proc + "/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    if (auto group = GroupOf(line, root)) groups.push_back(*group);
  }
  return groups;
}

// Takes the limit of one group where it is tighter than what is known.
void Tighten(const Group& group, MemoryLimit* memory) {
  const std::string folder = group.mount + group.path + "/";
  const auto limit = NumberAt(TextOf(folder + group.version->limit));
  if (!limit || *limit >= memory->limit_bytes) return;
  const int64_t used = NumberAt(TextOf(folder + group.version->used)).value_or(0);
  const int64_t droppable =
      NumberOf(TextOf(folder + "memory.stat"), group.version->droppable).value_or(0);
  memory->limit_bytes = *limit;
  memory->used_bytes = std::max<int64_t>(0, used - droppable);
  memory->source = std::string(group.version->name) + " " + (group.path.empty() ? "/" : group.path);
  const auto pressure = PressureIn(TextOf(folder + "memory.pressure"));
  if (pressure) memory->pressure_some_avg10 = pressure;
}

Result<MemoryLimit> OfTheMachine(const std::string& proc) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadFile(proc + "/meminfo"));
  const auto total = NumberOf(text, "MemTotal:"), available = NumberOf(text, "MemAvailable:");
  if (!total) {
    return Error(ErrorKind::kData, "memory: no MemTotal in " + proc + "/meminfo");
  }
  MemoryLimit memory{.source = "RAM"};
  memory.limit_bytes = *total * 1024;
  memory.used_bytes = (*total - std::min(*total, available.value_or(*total))) * 1024;
  memory.pressure_some_avg10 = PressureIn(TextOf(proc + "/pressure/memory"));
  return memory;
}

}  // namespace

Result<MemoryLimit> MemoryLimit::Read(const std::string& root, const std::string& proc) {
  ARROW_ASSIGN_OR_RAISE(MemoryLimit memory, OfTheMachine(proc));
  for (Group group : Groups(root, proc)) {
    for (;; group.path.resize(group.path.rfind('/'))) {
      Tighten(group, &memory);
      if (group.path.find('/') == group.path.npos) break;
    }
  }
  return memory;
}

}  // namespace tideway
