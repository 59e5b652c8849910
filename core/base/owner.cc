#include "core/base/owner.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>

#include "core/base/hash.h"
#include "core/base/host_name.h"

namespace tideway {
namespace {

std::string TextOf(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The process's start in clock ticks since boot: field 22 of /proc/<pid>/stat, the 20th after the
// name, which is in parentheses and may hold anything. 0 when it cannot be read.
uint64_t StartOf(pid_t pid) {
  const std::string text = TextOf(fmt::format("/proc/{}/stat", pid).c_str());
  size_t at = text.rfind(')');
  for (int field = 0; field < 20 && at != text.npos; ++field) at = text.find(' ', at + 1);
  if (at == text.npos) return 0;
  uint64_t start = 0;
  std::from_chars(text.data() + at + 1, text.data() + text.size(), start);
  return start;
}

// The machine and the process namespace. Not the boot: what a machine that went down left behind
// must be found when it is up again.
std::string Host() {
  const std::string machine = HostName() + TextOf("/etc/machine-id");
  struct stat space{};
  stat("/proc/self/ns/pid", &space);
  return fmt::format("{:08x}", Hash64(machine, space.st_ino) & 0xffffffff);
}

std::string MarkOf(pid_t pid) { return fmt::format("{}-{}-{}", Host(), pid, StartOf(pid)); }

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
  const uint64_t found = StartOf(pid);
  return found != 0 && found != start;
}

}  // namespace tideway
