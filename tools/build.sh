#!/usr/bin/env bash
# tools/build.sh PRESET: configures build/PRESET when needed and compiles. Quiet when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=build/$1
if [ ! -e "$folder/build.ninja" ]; then
  log=$(mktemp)
  cmake --preset "$1" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
  rm -f "$log"
fi
# Asked first, so that an unchanged build says nothing.
ninja -C "$folder" -n | grep -q "no work to do" && exit
if [ -t 2 ]; then
  ninja -C "$folder" >&2
else
  ninja -C "$folder" --quiet >&2
fi
