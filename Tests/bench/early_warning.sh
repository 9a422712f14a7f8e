#!/usr/bin/env bash
# How the early warning would have done (A11): complaints and recalls of a public record (NHTSA layout), day after day through the
# product in a database of its own, then the scorer. Run by `make early-warning COMPLAINTS=… RECALLS=… [SCORER=…]`.
#
#   COMPLAINTS, RECALLS   the CSV files
#   SCORER                a program that takes SIGNALS.csv COMPLAINTS.csv RECALLS.csv; without one the signals are all there is
#   PYTHON                its interpreter (python3; needs what the scorer needs)
#   SIGNALS               where the signals go (.run/early-warning.csv)
#   AFTERSALES_BINARY     the executable
#   WITH_SERVER_CLUSTER   dev or test (db/scripts/cluster.sh)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
: "${COMPLAINTS:?name the CSV of complaints}" "${RECALLS:?name the CSV of recalls}"
binary=${AFTERSALES_BINARY:-$PWD/.build/release/aftersales}
signals=${SIGNALS:-$PWD/.run/early-warning.csv}
cluster=db/scripts/cluster.sh
kind=${WITH_SERVER_CLUSTER:-dev}
database=early_warning_$$

cleanup() {
  local status=$?
  "$cluster" "$kind" psql --quiet --command "drop database if exists $database with (force)" postgres || true
  exit "$status"
}
trap cleanup EXIT
mkdir -p .run
"$cluster" "$kind" psql --quiet --command \
  "create database $database owner aftersales_owner template template0 encoding 'UTF8'" postgres
# Twenty years within minutes: the tables outgrow a plan that was made when they were empty sooner than anybody analyses them.
"$cluster" "$kind" psql --quiet --command "alter database $database set plan_cache_mode = force_custom_plan" \
  --command "alter database $database set jit = off" postgres
AFTERSALES_DATABASE_URL=$("$cluster" "$kind" url aftersales_app "$database")
AFTERSALES_DATABASE_OWNER_URL=$("$cluster" "$kind" url aftersales_owner "$database")
export AFTERSALES_DATABASE_URL AFTERSALES_DATABASE_OWNER_URL AFTERSALES_ENVIRONMENT=development
"$binary" migrate >&2
started=$(date +%s)
"$binary" early-warning replay --complaints "$COMPLAINTS" --recalls "$RECALLS" ${UNTIL:+--until "$UNTIL"} >"$signals"
echo "early-warning: $(($(wc -l <"$signals") - 1)) signals in $(($(date +%s) - started)) s, in $signals"
[ -z "${SCORER:-}" ] || "${PYTHON:-python3}" "$SCORER" "$signals" "$COMPLAINTS" "$RECALLS"
