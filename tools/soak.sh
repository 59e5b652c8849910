#!/usr/bin/env bash
# The long runs, or the named ones.
#
#   kills       the main job is killed at 200 random moments; its bytes must not change
#   memory      ten million complaints within 512 MiB
#   operators   every operator over 6 GiB within 256 MiB, and killed at 50 random moments
#   fuzz        a million hostile strings against Python's own cleaning
#   flips       10,000 single flipped bits in each file and message that a parser of ours reads
#   quota       sixteen processes under one quota of the Hub
#   hub         downloads and pushes killed at every system call, and with every fault at every call; eight pushers
#               for 100 rounds; a push of 10 GB
#   dedup       ten million texts near-deduplicated within 1 GiB and ten minutes
#   mirror      eight mirrors on one folder for 500 rounds, with locks that lie and with deaths; one killed at every
#               system call
#   swh         10,000 contents of The Stack by 64 connections, killed at random moments; large ones in 512 MiB
#   queue       10,000 jobs whose workers are killed at 1,000 random moments, in SQLite and in PostgreSQL
#   store       800 transfers to an S3 server through faults of networks and servers
#   corpus      over 2 GB of source trees through scripts/code_corpus.lua within 512 MiB: by 1, 2 and 8 workers, and
#               killed
#   tokens      100 MB of source code by every kind of tokenizer, against Python's own
#   sanitizers  the C++ tests and Lua specs under ASan, UBSan and TSan
#   tidy        clang-tidy over core/, or over the files in $TIDY_FILES; only when named
set -uo pipefail
cd "$(dirname "$0")/.."

failed=0
report() { if [ "$2" -eq 0 ]; then echo "soak: $1: passed"; else failed=1 && echo "soak: $1: FAILED"; fi; }

export TIDEWAY=$PWD/build/release/bin/tideway
pytest=(.deps/python/bin/python -m pytest -q -s)

run_kills() { TIDEWAY_KILLS=200 "${pytest[@]}" tests/pipelines/grievances_test.py -k kills; }
run_memory() { "${pytest[@]}" tests/pipelines/memory_soak.py; }
run_operators() { "${pytest[@]}" tests/pipelines/operators_soak.py; }
run_fuzz() { tools/build.sh default && TIDEWAY_CLEAN_STRINGS=1000000 build/default/bin/text_test; }
run_flips() {
  tools/build.sh default || return
  for test in dataset_test sql_test hub_test; do
    TIDEWAY_FLIPS=10000 build/default/bin/$test --gtest_filter='*Flip*' || return
  done
}
run_quota() { "${pytest[@]}" tests/pipelines/hub_quota_soak.py; }
run_hub() {
  TIDEWAY_ALL_COMBINATIONS=1 "${pytest[@]}" tests/pipelines/hub_{kills,pushers,room}_soak.py \
    tests/pipelines/hub_{read,push}_faults_test.py
}
run_dedup() { "${pytest[@]}" tests/pipelines/dedup_soak.py; }
run_corpus() { "${pytest[@]}" tests/pipelines/code_corpus_soak.py; }
run_mirror() { "${pytest[@]}" tests/pipelines/mirror_soak.py; }
run_swh() { "${pytest[@]}" tests/pipelines/swh_soak.py; }
run_queue() {
  local server && server=$(mktemp -d)
  tests/support/postgres.sh start "$server" >/dev/null || return
  TIDEWAY_TEST_POSTGRES=$(tests/support/postgres.sh uri "$server") "${pytest[@]}" tests/pipelines/queue_soak.py
  local status=$?
  tests/support/postgres.sh stop "$server" && rm -rf "$server"
  return $status
}
run_store() { "${pytest[@]}" tests/pipelines/store_soak.py; }
run_tokens() { "${pytest[@]}" tests/pipelines/tokens_soak.py; }
run_sanitizers() { tools/sanitize.sh asan && tools/sanitize.sh tsan; }
run_tidy() {
  [ -e build/default/compile_commands.json ] || tools/build.sh default || return
  git ls-files ${TIDY_FILES:-'core/*.cc'} |
    xargs -n 4 -P "$(nproc)" clang-tidy-19 -p build/default --quiet 2>/dev/null
}

for part in ${*:-kills memory operators fuzz flips quota hub dedup corpus mirror swh queue store tokens sanitizers}; do
  "run_$part"
  report "$part" $?
done
exit $failed
