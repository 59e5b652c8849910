#!/usr/bin/env bash
# Builds the default preset and runs every test, or the named parts: lint cpp lua pipelines.
# Ends with "N passed, N failed" over all parts; exits 1 when anything failed.
#
# TIDEWAY_PRESET names another preset (asan, tsan).
set -uo pipefail
cd "$(dirname "$0")/.."

for part in "$@"; do
  case $part in
    lint | cpp | lua | pipelines) ;;
    *) echo "test: unknown part: $part; parts: lint cpp lua pipelines" >&2 && exit 2 ;;
  esac
done

preset=${TIDEWAY_PRESET:-default}
folder=build/$preset
export TIDEWAY=$PWD/$folder/bin/tideway
results=$(mktemp -d)
passed=0 failed=0
declare -A running=() started_at=()  # the process of each part of the pipelines, and when it began
stop() {
  for process in "${running[@]}"; do kill "$process" 2>/dev/null; done
  for server in server hub_server others_server; do
    tests/support/postgres.sh stop "$results/$server" >/dev/null 2>&1
  done
  rm -rf "$results"
}
trap stop EXIT

# count NAME PASSED_REGEX FAILED_REGEX STATUS TOOK_S: adds the numbers that a runner printed to the totals. A
# runner that fails without naming a failed test (a crash, a test that does not start) counts as one, and so
# does one that ran nothing.
count() {
  local log=$results/$1 good bad
  good=$(sed -nE "s/$2/\1/p" "$log" | tail -1)
  bad=$(sed -nE "s/$3/\1/p" "$log" | tail -1)
  if [ "${bad:-0}" -eq 0 ] && { [ "$4" -ne 0 ] || [ "${good:-0}" -eq 0 ]; }; then bad=1; fi
  passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-0}))
  if [ "${bad:-0}" -gt 0 ]; then
    cat "$log" && echo "FAILED: $1"
  else
    echo "$1: $good passed in $5 s"
  fi
}

# check NAME COMMAND...: one command as one test.
check() {
  local name=$1 && shift
  if "$@" >"$results/$name" 2>&1; then
    passed=$((passed + 1)) && echo "$name: passed"
  else
    failed=$((failed + 1)) && cat "$results/$name" && echo "FAILED: $name"
  fi
}

run_lint() {
  check format tests/lint/format.sh
  check layers .deps/python/bin/python tests/lint/layers.py
  check words tests/lint/words.sh
  check docs tests/lint/docs.sh
}

# run_program PROGRAM: what it prints, and its status and seconds, in files of its name.
run_program() {
  local name && name=$(basename "$1")
  "$1" --gtest_brief=1 >"$results/$name" 2>&1
  echo "$? $SECONDS" >"$results/$name.ended"
}

# As many programs at once as there are cores.
run_cpp() {
  export results
  export -f run_program
  printf '%s\0' "$folder"/bin/*_test | xargs -0 -n 1 -P "$(nproc)" bash -c 'run_program "$1"' _
  local name status took
  for program in "$folder"/bin/*_test; do
    name=$(basename "$program")
    read -r status took <"$results/$name.ended"
    count "$name" '^\[  PASSED  \] ([0-9]+) tests?.*' '^ ?([0-9]+) FAILED TESTS?.*' "$status" "$took"
  done
}

run_lua() {
  local started=$SECONDS
  "$TIDEWAY" test tests/lua >"$results/lua" 2>&1
  count lua '^([0-9]+) passed, [0-9]+ failed.*' '^[0-9]+ passed, ([0-9]+) failed.*' $? $((SECONDS - started))
}

# Those of the Hub, which wait most of their time, run beside the other parts, in two processes; all others beside what
# is left of them.
start_pipelines() { start_pytest hub -n 2 --dist loadfile tests/pipelines/*hub*_test.py; }

# start_pytest NAME ARGUMENT...
start_pytest() {
  local name=$1 before=$failed && shift
  started_at[$name]=$SECONDS
  check "postgres-of-$name" tests/support/postgres.sh start "$results/${name}_server"
  [ "$failed" -eq "$before" ] || finish
  TIDEWAY_TEST_POSTGRES=$(server_uri "${name}_server") \
    .deps/python/bin/python -m pytest -q "$@" >"$results/pipelines-$name" 2>&1 &
  running[$name]=$!
}

run_pipelines() {
  start_pytest others tests/pipelines --ignore-glob='*hub*'
  for name in others hub; do
    wait "${running[$name]}"
    local status=$? took=$((SECONDS - started_at[$name]))
    count "pipelines-$name" '.*\b([0-9]+) passed.*' '.*\b([0-9]+) (failed|errors?).*' "$status" "$took"
  done
}

# server_uri NAME: the address of a PostgreSQL server in that folder.
server_uri() { tests/support/postgres.sh uri "$results/$1"; }

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

check build tools/build.sh "$preset"
[ "$failed" -eq 0 ] || finish
echo "built in $SECONDS s"
check postgres tests/support/postgres.sh start "$results/server"
[ "$failed" -eq 0 ] || finish
TIDEWAY_TEST_POSTGRES=$(server_uri server)
export TIDEWAY_TEST_POSTGRES
parts=${*:-lint cpp lua pipelines}
[[ " $parts " != *" pipelines "* ]] || start_pipelines
for part in $parts; do "run_$part"; done
finish
