#!/usr/bin/env bash
# tools/build.sh PRESET: configures build/PRESET when needed and compiles. Says nothing when nothing changed;
# shows how far it is on a terminal only.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=build/$1
if [ ! -e "$folder/build.ninja" ]; then
  log=$(mktemp)
  cmake --preset "$1" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
  rm -f "$log"
fi

# Ninja's steps on one line of the terminal, all else as it is. (`ninja -n` cannot tell whether there is work:
# in a dry run it stops at the globs that CMake checks.)
show() {
  local line
  while IFS= read -r line; do
    case $line in
      "ninja: Entering directory "* | "ninja: no work to do.") ;;
      "["[0-9]*) [ ! -t 2 ] || printf '\r\e[K%s' "${line:0:$((${COLUMNS:-80} - 1))}" ;;
      *) [ ! -t 2 ] || printf '\r\e[K'; printf '%s\n' "$line" ;;
    esac
  done
  [ ! -t 2 ] || printf '\r\e[K'
}
ninja -C "$folder" 2>&1 | show >&2
