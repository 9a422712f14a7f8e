#!/usr/bin/env bash
# A private PostgreSQL cluster below .run: one for development, one for tests, one for proofs that kill it.
#
#   cluster.sh KIND start     create if missing, start, wait until it answers
#   cluster.sh KIND stop      stop (fast)
#   cluster.sh KIND running   exit 0 if it runs
#   cluster.sh KIND destroy   stop and delete, data included
#   cluster.sh KIND data      its data directory
#   cluster.sh KIND amcheck DATABASE   what is broken in its tables and indexes; nothing if nothing is
#   cluster.sh KIND url ROLE [DATABASE]   connection URI on the unix socket
#   cluster.sh KIND conninfo ROLE [DATABASE]   the same as key=value pairs, to which others can be added
#   cluster.sh KIND psql ARGUMENTS…       psql as the cluster's superuser
#
# dev   durable (fsync on), unix socket and loopback port AFTERSALES_DATABASE_PORT (the next free one from 54320 if unset)
# prove durable, unix socket only
# test  fsync, full_page_writes and synchronous_commit OFF: fast, and lost at a power cut. Tests only: the server refuses it.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
kind=${1:-}
verb=${2:-}
case $kind in
  dev) link="$root/.run/postgres" ;;
  prove) link="$root/.run/prove-postgres" ;;
  test) link="$root/.run/test-postgres" ;;
  *) sed -n '2,17s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 64 ;;
esac
shift 2 || { sed -n '2,17s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 64; }

say() { printf '%s\n' "$*" >&2; }
die() { say "cluster: $*"; exit 1; }

# PostgreSQL refuses to run as root. The user that the Debian package makes does it then; .run stays root's.
user=$(id -un)
if [ "$(id -u)" = 0 ]; then
  user=postgres
  id postgres >/dev/null 2>&1 || useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin postgres
fi
as_user() {
  if [ "$(id -un)" = "$user" ]; then "$@"; else (cd / && exec runuser -u "$user" -- "$@"); fi
}

# An existing data directory needs the binaries of its own major version; a new one takes the newest.
find_binaries() {
  local wanted="" candidate
  [ -f "$link/data/PG_VERSION" ] && wanted=$(cat "$link/data/PG_VERSION")
  for candidate in $(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -rn); do
    if [ -x "/usr/lib/postgresql/$candidate/bin/initdb" ] && [ "${wanted:-$candidate}" = "$candidate" ]; then
      bin="/usr/lib/postgresql/$candidate/bin"
      return
    fi
  done
  if candidate=$(command -v initdb); then
    bin=$(dirname "$candidate")
    [ -z "$wanted" ] && return
    "$bin/postgres" --version | grep -q " ${wanted}[.]" && return
  fi
  bin=/nonexistent
  [ "$verb" = destroy ] && return
  [ -n "$wanted" ] && die "data of PostgreSQL $wanted in .run, but no such server installed; make db-reset starts anew"
  die "no PostgreSQL server found; .ci/install installs it"
}

# `link` is the home of the cluster: a directory, or a link to one where PostgreSQL's user can reach it. `home` is the
# directory itself: who cannot reach the link cannot follow it.
resolve_home() { home=$(readlink -f "$link" || printf %s "$link"); }

make_home() {
  [ -d "$link/data" ] && return
  rm -rf "$link"
  mkdir -p "$link"
  chmod 700 "$link"
  [ "$(id -u)" = 0 ] || return 0
  chown "$user" "$link"
  if ! as_user test -w "$link"; then # e.g. below /root
    local other
    rm -rf "$link"
    mkdir -p /var/lib/aftersales
    other=$(mktemp -d "/var/lib/aftersales/$kind-XXXXXX")
    chown "$user" "$other"
    ln -s "$other" "$link"
  fi
}

# 107 bytes is all that a unix socket's path may have, and the client appends /.s.PGSQL.<port>.
choose_socket() {
  if [ -f "$link/socket.path" ] && [ -d "$(cat "$link/socket.path")" ]; then return; fi
  local directory="$home/socket"
  if [ "$(printf %s "$directory" | wc -c)" -gt 85 ] || [[ $directory =~ [^A-Za-z0-9/._\ -] ]]; then
    directory=$(mktemp -d "/tmp/aftersales-XXXXXX")
  else
    mkdir -p "$directory"
  fi
  chmod 700 "$directory"
  [ "$(id -u)" != 0 ] || chown "$user" "$directory"
  printf %s "$directory" >"$link/socket.path"
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

choose_port() {
  if [ "$kind" != dev ]; then printf 5432 >"$link/port"; return; fi
  local port=${AFTERSALES_DATABASE_PORT:-}
  if [ -n "$port" ]; then
    port_is_free "$port" || die "port $port is taken; choose another with AFTERSALES_DATABASE_PORT"
  else
    port=$(cat "$link/port" 2>/dev/null || echo 54320)
    until port_is_free "$port"; do
      port=$((port + 1))
      [ "$port" -lt 54420 ] || die "no free port from 54320 to 54419 for PostgreSQL"
    done
  fi
  printf %s "$port" >"$link/port"
}

configure() {
  local socket
  socket=$(cat "$link/socket.path")
  {
    echo "# Written by db/scripts/cluster.sh at every start."
    echo "port = $(cat "$link/port")"
    echo "unix_socket_directories = '\"$socket\"'"
    echo "password_encryption = 'scram-sha-256'"
    echo "timezone = 'UTC'"
    echo "log_timezone = 'UTC'"
    if [ "$kind" = dev ]; then echo "listen_addresses = '127.0.0.1'"; else echo "listen_addresses = ''"; fi
    if [ "$kind" = test ]; then
      echo "max_connections = 300"
      echo "fsync = off"
      echo "full_page_writes = off"
      echo "synchronous_commit = off"
      echo "autovacuum_naptime = '10min'"
    else
      echo "max_connections = 100"
      echo "fsync = on"
      echo "full_page_writes = on"
      echo "synchronous_commit = on"
    fi
  } >"$link/aftersales.conf.new"
  [ "$(id -u)" != 0 ] || chown "$user" "$link/aftersales.conf.new"
  mv "$link/aftersales.conf.new" "$home/data/aftersales.conf"
}

ready() { as_user "$bin/pg_isready" -q -h "$(cat "$link/socket.path")" -p "$(cat "$link/port")"; }

# Whether the process is a living PostgreSQL of this data directory: a dead one has no working directory, another one has
# another. (`pg_ctl status` believes any living process with the number in postmaster.pid.)
is_ours() { [ "$(readlink "/proc/$1/cwd" 2>/dev/null)" = "$home/data" ]; }

running() { [ -f "$home/data/postmaster.pid" ] && is_ours "$(head -n 1 "$home/data/postmaster.pid")"; }

# After a crash or a restarted container the lock files may name a process that is dead but not reaped, or another, living
# one; PostgreSQL then refuses to start. They go only if that process is not this cluster's and nobody answers on the socket.
clear_stale_locks() {
  local file pid
  if ready; then return; fi
  for file in "$home/data/postmaster.pid" "$(cat "$link/socket.path")/.s.PGSQL.$(cat "$link/port").lock"; do
    [ -f "$file" ] || continue
    pid=$(head -n 1 "$file")
    if is_ours "$pid"; then continue; fi
    say "cluster: removing a stale $(basename "$file") (process $pid is not a running PostgreSQL)"
    rm -f "$file"
  done
}

launch() { as_user "$bin/pg_ctl" start -w -t 60 -s -D "$home/data" -l "$home/data/server.log" </dev/null >/dev/null 2>&1; }

start() {
  if running; then
    for _ in $(seq 300); do # it may still be recovering
      if ready; then return; fi
      sleep 0.2
    done
    die "PostgreSQL runs but does not answer; see $home/data/server.log"
  fi
  make_home
  resolve_home
  if [ ! -f "$home/data/PG_VERSION" ]; then
    say "cluster: creating $link"
    rm -rf "$home/data"
    local extra=()
    [ "$kind" = test ] && extra+=(--no-sync)
    # Only who can open the socket's directory (mode 700) comes in without a password.
    as_user "$bin/initdb" --pgdata "$home/data" --username postgres --encoding UTF8 --locale C.UTF-8 --data-checksums \
      --auth-local trust --auth-host scram-sha-256 "${extra[@]}" >/dev/null </dev/null
    # shellcheck disable=SC2016 # the shell of the cluster's user expands $1
    as_user sh -c 'printf "include = '"'aftersales.conf'"'\n" >>"$1"' sh "$home/data/postgresql.conf"
  fi
  choose_socket
  choose_port
  configure
  local attempt
  for attempt in 1 2 3 4 5; do # the children of a killed server let go of its memory within seconds
    if launch; then return; fi
    clear_stale_locks
    [ "$attempt" = 5 ] || sleep 1
  done
  tail -n 20 "$home/data/server.log" >&2 || true
  die "PostgreSQL did not start; the end of its log stands above"
}

stop() {
  if running; then as_user "$bin/pg_ctl" stop -D "$home/data" -m fast -w -t 60 -s >/dev/null </dev/null; fi
}

destroy() {
  [ -e "$link" ] || [ -L "$link" ] || return 0
  stop
  case $(cat "$link/socket.path" 2>/dev/null || true) in
    /tmp/aftersales-*) rm -rf "$(cat "$link/socket.path")" ;;
  esac
  if [ -L "$link" ]; then rm -rf "$(readlink "$link")"; fi
  rm -rf "$link"
}

# Percent-encoding for the query of a connection string: the project's path may hold spaces.
encode() {
  local text=$1 out="" index character
  for ((index = 0; index < ${#text}; index++)); do
    character=${text:index:1}
    case $character in
      [A-Za-z0-9/._-]) out+=$character ;;
      *) out+=$(printf '%%%02X' "'$character") ;;
    esac
  done
  printf %s "$out"
}

url() {
  printf 'postgresql://%s@/%s?host=%s&port=%s\n' "$1" "${2:-aftersales}" "$(encode "$(cat "$link/socket.path")")" \
    "$(cat "$link/port")"
}

conninfo() {
  printf 'host=%s port=%s user=%s dbname=%s\n' "$(sed 's/[\\ ]/\\&/g' "$link/socket.path")" "$(cat "$link/port")" "$1" \
    "${2:-aftersales}"
}

amcheck() {
  "$bin/pg_amcheck" --install-missing --heapallindexed --parent-check \
    -h "$(cat "$link/socket.path")" -p "$(cat "$link/port")" -U postgres "$1" 2>&1 || true
}

find_binaries
resolve_home
case $verb in
  start) start ;;
  stop) stop ;;
  running) running ;;
  data) printf '%s\n' "$home/data" ;;
  amcheck) amcheck "$@" ;;
  destroy) destroy ;;
  url) url "$@" ;;
  conninfo) conninfo "$@" ;;
  psql) exec "$bin/psql" --no-psqlrc -h "$(cat "$link/socket.path")" -p "$(cat "$link/port")" -U postgres "$@" ;;
  *) die "unknown verb '$verb'" ;;
esac
