#!/usr/bin/env bash
# Unfinished work does not stay in the tree, and Lua headers stay in *_lua.cc and binding/.
set -uo pipefail
cd "$(dirname "$0")/../.."

status=0
if git ls-files core lua scripts examples tests bench tools cmake | grep -vE '^tests/(lint/words.sh$|data/)' |
  xargs grep -nE '\b(TODO|FIXME|XXX|HACK)\b'; then
  echo "unfinished work is marked above: finish it or leave it out" && status=1
fi
if git ls-files 'core/*.h' 'core/*.cc' | grep -vE '(_lua(_test)?\.cc$|^core/binding/)' |
  xargs grep -nE '#include <(lua|lauxlib|lualib|luajit)'; then
  echo "Lua headers belong in *_lua.cc and core/binding" && status=1
fi
exit $status
