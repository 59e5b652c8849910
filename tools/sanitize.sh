#!/usr/bin/env bash
# tools/sanitize.sh asan|tsan: builds that preset and runs the C++ tests and the Lua specs under it.
set -euo pipefail
cd "$(dirname "$0")/.."

# LuaJIT and Debian's libraries are not instrumented: their own allocations at exit and their
# unsynchronised-looking accesses are not ours to judge.
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1
export LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0
# So that AddressSanitizer sees the ends of Arrow's buffers, which its own allocators hide.
export ARROW_DEFAULT_MEMORY_POOL=system
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1:suppressions=$PWD/tests/support/tsan.supp
TIDEWAY_PRESET=$1 exec tools/test.sh cpp lua
