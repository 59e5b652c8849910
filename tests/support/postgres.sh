#!/usr/bin/env bash
# A private PostgreSQL for tests, on a unix socket and a free TCP port of loopback.
#
#   tests/support/postgres.sh start DIR    prints the URI of a superuser without password
#   tests/support/postgres.sh uri DIR      prints it again
#   tests/support/postgres.sh stop DIR     stops it and deletes its files
#   tests/support/postgres.sh start-tls DIR
#                                          as start, and the server takes TLS, as localhost; DIR/root.crt is the
#                                          certificate that vouches for its own
#   tests/support/postgres.sh password-uri URI
#                                          prints the URI of a role that must give its password on TCP
#
# DIR holds only the place of the cluster, which is a folder of its own under /tmp: the server does not run as
# root, and its user must be able to enter it.
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
[ -n "$bin" ] || bin=$(dirname "$(command -v postgres || echo missing/postgres)")
[ -x "$bin/postgres" ] || { echo "postgres.sh: no PostgreSQL server: apt-get install postgresql" >&2; exit 1; }

# The server refuses to run as root.
as_user() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# root.crt, which signs server.crt for the host localhost.
make_certificates() {
  local dir=$1
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=Tideway tests" -keyout "$dir/root.key" \
    -out "$dir/root.crt"
  openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$dir/server.key" -out "$dir/server.csr"
  openssl x509 -req -in "$dir/server.csr" -CA "$dir/root.crt" -CAkey "$dir/root.key" -CAcreateserial -days 30 \
    -extfile <(echo "subjectAltName=DNS:localhost") -out "$dir/server.crt"
  chmod 600 "$dir/server.key"
  if [ "$(id -u)" -eq 0 ]; then chown postgres "$dir/server.key"; fi
}

# start DIR [on]: with TLS.
start() {
  local dir port tls=${2:-off}
  dir=$(mktemp -d /tmp/tideway-postgres.XXXXXX)
  mkdir -p "$1" && echo "$dir" >"$1/cluster"
  if [ "$(id -u)" -eq 0 ]; then chown postgres "$dir"; fi
  as_user "$bin/initdb" -D "$dir/data" -A trust -U postgres -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2; exit 1; }
  as_user sed -i '1i host all secured all scram-sha-256' "$dir/data/pg_hba.conf"
  if [ "$tls" = on ]; then
    make_certificates "$dir" >"$dir/certificates.log" 2>&1 || { cat "$dir/certificates.log" >&2; exit 1; }
    cp "$dir/root.crt" "$1/root.crt"
  fi
  # Another process may take the port between asking and using.
  for _ in 1 2 3 4 5; do
    port=$(free_port)
    if as_user "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w start -o "-p $port -k $dir \
      -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60 -c ssl=$tls \
      -c ssl_cert_file=$dir/server.crt -c ssl_key_file=$dir/server.key" >/dev/null 2>&1; then
      echo "postgresql://postgres@127.0.0.1:$port/postgres" | tee "$1/uri"
      return
    fi
  done
  cat "$dir/data/server.log" >&2
  exit 1
}

uri() {
  cat "$1/uri"
}

# The role `secured`, whose password is right-password; all other roles are trusted.
password_uri() {
  "$bin/psql" "$1" -q -v ON_ERROR_STOP=1 -c "DO \$\$ BEGIN CREATE ROLE secured LOGIN PASSWORD 'right-password';
    EXCEPTION WHEN duplicate_object THEN NULL; END \$\$" >&2
  echo "${1/postgres@/secured:right-password@}"
}

stop() {
  [ -e "$1/cluster" ] || return 0
  local dir
  dir=$(cat "$1/cluster")
  as_user "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
  case $dir in /tmp/tideway-postgres.*) rm -rf "$dir" "$1/cluster" "$1/uri" "$1/root.crt" ;; esac
}

case ${1:-} in
  start | uri | stop) "$1" "${2:?usage: postgres.sh start|uri|stop DIR}" ;;
  start-tls) start "${2:?usage: postgres.sh start-tls DIR}" on ;;
  password-uri) password_uri "${2:?usage: postgres.sh password-uri URI}" ;;
  *) echo "usage: postgres.sh start|start-tls|uri|stop DIR, or password-uri URI" >&2 && exit 2 ;;
esac
