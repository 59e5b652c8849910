#include "core/base/owner.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "core/base/hash.h"
#include "core/base/host_name.h"

namespace tideway {
namespace {

std::string TextOf(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct ProcessFacts {
  uint64_t start = 0;  // in clock ticks since boot; 0 when it cannot be read
  bool ended = false;  // all its threads have, and only its parent has not asked for its status yet
};

// Of /proc/<pid>/stat, counted from 1: field 3 the state, 20 the threads, 22 the start. The second
// is the name, which is in parentheses and may hold anything.
ProcessFacts FactsOf(pid_t pid) {
  const std::string text = TextOf(fmt::format("/proc/{}/stat", pid).c_str());
  const size_t name_end = text.rfind(')');
  if (name_end == text.npos) return {};
  std::istringstream rest(text.substr(name_end + 1));
  std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  if (fields.size() < 20) return {};
  const auto field = [&](size_t number) { return std::string_view(fields[number - 3]); };
  ProcessFacts facts{.ended = field(3) == "Z" && field(20) == "1"};
  std::from_chars(field(22).data(), field(22).data() + field(22).size(), facts.start);
  return facts;
}

// The machine and the process namespace. Not the boot: what a machine that went down left behind
// must be found when it is up again.
std::string Host() {
  const std::string machine = HostName() + TextOf("/etc/machine-id");
  struct stat space{};
  stat("/proc/self/ns/pid", &space);
  return fmt::format("{:08x}", Hash64(machine, space.st_ino) & 0xffffffff);
}

std::string MarkOf(pid_t pid) { return fmt::format("{}-{}-{}", Host(), pid, FactsOf(pid).start); }

}  // namespace

std::string OwnerMark() {
  static const pid_t first = getpid();
  static const std::string mark = MarkOf(first);
  const pid_t now = getpid();  // a fork's is another one
  return now == first ? mark : MarkOf(now);
}

bool OwnerIsGone(std::string_view mark) {
  const std::string host = Host() + "-";
  if (!mark.starts_with(host)) return false;
  const char* end = mark.data() + mark.size();
  pid_t pid = 0;
  uint64_t start = 0;
  const auto pid_end = std::from_chars(mark.data() + host.size(), end, pid);
  if (pid_end.ec != std::errc() || pid <= 0 || pid_end.ptr == end || *pid_end.ptr != '-') {
    return false;
  }
  const auto start_end = std::from_chars(pid_end.ptr + 1, end, start);
  if (start_end.ec != std::errc() || start_end.ptr != end) return false;
  if (kill(pid, 0) != 0 && errno == ESRCH) return true;
  // The process of another user may be hidden (/proc with hidepid): it lives, and no more is known.
  const ProcessFacts found = FactsOf(pid);
  return found.start != 0 && (found.start != start || found.ended);
}

}  // namespace tideway
