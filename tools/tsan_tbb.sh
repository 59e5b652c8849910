#!/usr/bin/env bash
# Puts a oneTBB that ThreadSanitizer can see into .deps/tsan/lib: Debian's own source, compiled with
# -fsanitize=thread. Batches pass from thread to thread inside it, so with the packaged library every
# hand-over would look like a race. Does nothing when up to date.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(dpkg-query -W -f='${Version}' libtbb12)
stamp=.deps/tsan/.stamp-$version
[ -e "$stamp" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache"
cat >"$work/sources.list" <<'EOF'
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
EOF
apt=(apt-get -q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
  -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache")

build() {
  "${apt[@]}" update
  (cd "$work" && "${apt[@]}" source onetbb)
  # Its own allocator would hide from ThreadSanitizer whose memory is whose: it is not loaded.
  cmake -S "$work"/onetbb-* -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    -DCMAKE_CXX_FLAGS="-O1 -g1 -fno-omit-frame-pointer -Wno-tsan -D__TBB_DYNAMIC_LOAD_ENABLED=0" \
    -DTBB_SANITIZE=thread -DTBB_TEST=OFF -DTBB_STRICT=OFF -DTBBMALLOC_BUILD=OFF \
    -DTBB_DISABLE_HWLOC_AUTOMATIC_SEARCH=ON
  ninja -C "$work/build" tbb
}
echo "compiling oneTBB $version with ThreadSanitizer" >&2
build >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }

rm -rf .deps/tsan
mkdir -p .deps/tsan/lib
cp "$work"/build/*/libtbb.so.12 .deps/tsan/lib/
touch "$stamp"
