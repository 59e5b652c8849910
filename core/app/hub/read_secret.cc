#include "core/app/hub/read_secret.h"

#include <fmt/core.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "core/base/trim.h"

namespace tideway::app {
namespace {

constexpr size_t kMostBytes = 4096;

// While it lives, what is typed is not shown.
class NoEcho {
 public:
  NoEcho() : is_terminal_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!is_terminal_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~NoEcho() {
    if (!is_terminal_) return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::fputs("\n", stderr);
  }
  NoEcho(const NoEcho&) = delete;
  bool is_terminal() const { return is_terminal_; }

 private:
  termios before_{};
  const bool is_terminal_;
};

}  // namespace

Result<std::string> ReadSecret(const std::string& prompt, const CancelToken& cancel) {
  constexpr int kLook_ms = 50;
  const NoEcho quiet;
  if (quiet.is_terminal()) fmt::print(stderr, "{}", prompt);
  std::string line;
  for (;;) {
    RETURN_NOT_OK(cancel.Check());
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&input, 1, kLook_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    char c = 0;
    const ssize_t got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError(errno, "app: cannot read", "standard input");
    if (got == 0 || c == '\n') return std::string(Trim(line));
    line += c;
    if (line.size() > kMostBytes) {
      return Error(ErrorKind::kUsage, "usage: standard input has no line of at most 4096 bytes");
    }
  }
}

}  // namespace tideway::app
