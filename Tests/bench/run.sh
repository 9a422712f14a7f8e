#!/usr/bin/env bash
# Measures the release build against PostgreSQL itself: processor time per request and requests per second of reading a work
# order, listing 20 and opening one, everything of the contract on (token, scope, row-level security, idempotency key, event),
# beside pgbench sending the same statements in the same minutes. Run by `make bench`.
#
#   BENCH_ROWS=1000000     work orders in the table (a multiple of 2000); another number makes the database anew
#   BENCH_ROUNDS=5         rounds; in each every load has one slice, in another order than before
#   BENCH_SECONDS=6        seconds of a slice
#   BENCH_CONNECTIONS=16   HTTP connections, and pgbench clients for reads
#   BENCH_POOL=6           the server's connections for transactions; pgbench writes with as many, and with 32
#   BENCH_PROFILE=1        also where the server's time goes under each load (needs perf)
#
# The database aftersales_bench stays in the development cluster between runs; results stand in .run/bench. How long anything
# took never fails the script; what did not work does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

here=$PWD/Tests/bench
out=$PWD/.run/bench
cluster=db/scripts/cluster.sh
database=aftersales_bench
rows=${BENCH_ROWS:-1000000}
customers=$((rows / 10))
say() { printf 'bench: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

[ -x "${AFTERSALES_BINARY:-}" ] || die "AFTERSALES_BINARY is no executable; make bench sets it"
if ! [[ $rows =~ ^[1-9][0-9]*$ ]] || [ $((rows % 2000)) != 0 ]; then die "BENCH_ROWS must be a multiple of 2000"; fi
command -v python3 >/dev/null || die "python3 is missing (apt-get install python3)"
command -v wrk >/dev/null || die "the load generator is missing (apt-get install wrk)"
"$cluster" dev running || die "the development database does not run (make db-up)"

mkdir -p "$out"
psql() { PGOPTIONS='--client-min-messages=warning' "$cluster" dev psql --quiet --tuples-only --no-align "$@"; }
major=$(($(psql --command 'show server_version_num' postgres) / 10000))
pgbench=/usr/lib/postgresql/$major/bin/pgbench
[ -x "$pgbench" ] || pgbench=$(command -v pgbench) || die "pgbench is missing (apt-get install postgresql-contrib)"

AFTERSALES_DATABASE_URL=$("$cluster" dev url aftersales_app "$database")
AFTERSALES_DATABASE_OWNER_URL=$("$cluster" dev url aftersales_owner "$database")
export AFTERSALES_DATABASE_URL AFTERSALES_DATABASE_OWNER_URL
export AFTERSALES_ENVIRONMENT=${AFTERSALES_ENVIRONMENT:-development} AFTERSALES_SECRET_FILE=$out/secret
export AFTERSALES_LOG_LEVEL=warning
unset AFTERSALES_METRICS_HOST AFTERSALES_SERVER_PUBLIC_URL

exists() { [ "$(psql --command "select 1 from pg_database where datname = '$database'" postgres)" = 1 ]; }
owner() {
  "$cluster" dev psql --quiet "$@" --dbname "$AFTERSALES_DATABASE_OWNER_URL"
}

# What was seeded stands in the database, written last: a broken-off load is made anew. So is one to which runs have added
# more than a fifth.
is_seeded() {
  exists || return 1
  [ "$(psql --command "select to_regclass('bench_seed') is not null" "$database")" = t ] || return 1
  [ "$(psql --command 'select rows from bench_seed' "$database")" = "$rows" ] || return 1
  [ "$(psql --command 'select count(*) from work_orders' "$database")" -le $((rows + rows / 5)) ]
}

if ! is_seeded; then
  say "making $database with $rows work orders; kept for later runs"
  started=$SECONDS
  rm -f "$out/tokens"
  psql --command "drop database if exists $database with (force)" postgres
  psql --command "create database $database owner aftersales_owner template template0 encoding 'UTF8'" postgres
  psql --command "revoke all on database $database from public; grant connect on database $database to aftersales_app" postgres
  "$AFTERSALES_BINARY" migrate >/dev/null
  owner --variable customers="$customers" --file "$here/seed-masters.sql"
  step=$((rows < 50000 ? rows : 50000))
  for ((first = 1; first <= rows; first += step)); do
    last=$((first + step - 1 < rows ? first + step - 1 : rows))
    owner --variable rows="$rows" --variable customers="$customers" --variable first="$first" --variable last="$last" \
      --file "$here/seed-orders.sql"
    [ ! -t 2 ] || printf '\rbench: %d of %d orders, %d s' "$last" "$rows" $((SECONDS - started)) >&2
  done
  [ ! -t 2 ] || printf '\n' >&2
  owner --variable rows="$rows" --file "$here/seed-counters.sql"
  psql --command 'vacuum analyze' "$database"
  owner --command "create table bench_seed as select $rows as rows"
  say "seeded in $((SECONDS - started)) s"
else
  "$AFTERSALES_BINARY" migrate >/dev/null \
    || die "a changed migration? $cluster dev psql --command 'drop database $database' postgres makes the next run start anew"
fi

# One token a station and one of headquarters, in this order; they live for a month.
tokens_work() {
  [ "$(wc -l 2>/dev/null <"$out/tokens")" = 201 ] && [ -n "$(find "$out/tokens" -mtime -25)" ]
}
if ! tokens_work; then
  say "issuing a token for each of 200 stations"
  (
    umask 077
    # shellcheck disable=SC2016 # the inner shell expands
    seq -f 'BN%04.0f' 200 | xargs -P 4 -I '{}' sh -c \
      '"$AFTERSALES_BINARY" token issue --role stAdviser --station "$1" --ttl 30d --name bench >"$2/token-$1"' sh '{}' "$out"
    "$AFTERSALES_BINARY" token issue --role hqService --ttl 30d --name bench >"$out/token-network"
    cat "$out"/token-BN* "$out/token-network" >"$out/tokens"
    rm -f "$out"/token-*
  )
fi

BENCH_POSTMASTER=$(head -n 1 "$(psql --command 'show data_directory' postgres)/postmaster.pid")
BENCH_SOCKET=$(psql --command 'show unix_socket_directories' postgres)
BENCH_PORT=$(psql --command 'show port' postgres)
export BENCH_POSTMASTER BENCH_SOCKET BENCH_PORT PYTHONDONTWRITEBYTECODE=1
export BENCH_ROWS=$rows BENCH_CUSTOMERS=$customers BENCH_LUA=$here BENCH_OUT=$out BENCH_TOKENS=$out/tokens
export BENCH_DATABASE=$database BENCH_PGBENCH=$pgbench BENCH_CLUSTER=$cluster
python3 "$here/bench.py"
