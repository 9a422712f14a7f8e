#!/usr/bin/env bash
# The long proofs (reliability: crashes, retries, money, shutdown, hostile clients) on a PostgreSQL cluster and servers of their own.
# Each has a control: the same trial where the promise is known not to hold; a proof whose control does not fail proves
# nothing and counts as failed. Ends with a table; exit status 1 if anything failed. Run by `make prove`.
#
#   PROVE_LONG=1         the big numbers (about half an hour) instead of some 40 s each
#   PROVE_ONLY="T1 T9"   some of them
#   PROVE_RESULTS=FILE   write the table there, too (Markdown)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

export AFTERSALES_BINARY=${AFTERSALES_BINARY:-$PWD/.build/release/aftersales}
[ -x "$AFTERSALES_BINARY" ] || { echo "prove: $AFTERSALES_BINARY is no executable (AFTERSALES_BINARY)" >&2; exit 1; }
command -v python3 >/dev/null || { echo "prove: python3 is missing (.ci/install --checks)" >&2; exit 1; }

cluster=db/scripts/cluster.sh
finish() {
  local status=$?
  "$cluster" prove destroy || true
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p .run/prove
"$cluster" prove destroy
python3 Tests/prove/prove.py
