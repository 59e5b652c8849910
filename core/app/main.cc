#include <signal.h>
#include <sys/resource.h>

#include "core/app/command_line.h"
#include "core/base/memory.h"

int main(int argc, char** argv) {
  tideway::ChooseArrowAllocator();
  // Failed writes are reported as errors of the write, not by the death of the process.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  // A dataset may have more shards than the usual 1,024 files that may be open.
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  return tideway::app::RunCommandLine({argv + 1, argv + argc});
}
