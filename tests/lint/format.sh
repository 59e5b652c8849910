#!/usr/bin/env bash
# C++ files are as clang-format writes them, and no line of any source is over 120 columns.
set -uo pipefail
cd "$(dirname "$0")/../.."

status=0
git ls-files 'core/*.h' 'core/*.cc' 'bench/*.cc' | xargs clang-format-19 --dry-run --Werror || status=1
long=$(git ls-files core lua scripts examples tests bench tools dev |
  grep -E '\.(h|cc|lua|py|sh|txt|cmake)$|^dev$' | grep -vE '^tests/data/.*\.txt$' |
  xargs awk 'length($0) > 120 { print FILENAME ":" FNR ": " length($0) " columns" }')
[ -z "$long" ] || { echo "lines over 120 columns:" && echo "$long"; status=1; }
exit $status
