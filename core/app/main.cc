#include <signal.h>

#include "core/app/command_line.h"
#include "core/base/memory.h"

int main(int argc, char** argv) {
  tideway::ChooseArrowAllocator();
  // Failed writes are reported as errors of the write, not by the death of the process.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  return tideway::app::RunCommandLine({argv + 1, argv + argc});
}
