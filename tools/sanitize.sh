#!/usr/bin/env bash
# tools/sanitize.sh asan|tsan: builds that preset and runs the C++ tests and the Lua specs under it.
set -euo pipefail
cd "$(dirname "$0")/.."

# So that the sanitizers see the ends and the owners of Arrow's buffers, which its own allocators hide.
export ARROW_DEFAULT_MEMORY_POOL=system
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1
export LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
# Arrow, LuaJIT, libuv, libpq and SQLite are not instrumented: what they touch themselves is not seen.
# A forked child, as tests kill one, may start threads.
export TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1:die_after_fork=0
TSAN_OPTIONS+=:suppressions=$PWD/tests/support/tsan.supp

run=(tools/test.sh cpp lua)
if [ "$1" = tsan ]; then
  tools/tsan_tbb.sh
  # Addresses more random than ThreadSanitizer's map of memory allows are the default of newer kernels.
  if setarch "$(uname -m)" -R true 2>/dev/null; then run=(setarch "$(uname -m)" -R "${run[@]}"); fi
fi
TIDEWAY_PRESET=$1 exec "${run[@]}"
