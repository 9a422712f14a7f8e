#!/usr/bin/env bash
# README's walk, the same walk with what must be refused, complaints, the money of a station, a parts order and quality issues to their
# end, an import of complaints, and the checks of the API conventions, against one running server; the last line counts all.
# Meant for .ci/with-server, which says where the server is.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# `make lint` keeps the validator there.
if [ -z "${PYTHON:-}" ] && [ -x .run/venv/bin/python ]; then export PYTHON=.run/venv/bin/python; fi

"$here/readme.sh" | tee "$log"
"$here/walk.sh" | tee -a "$log"
"$here/complaints.sh" | tee -a "$log"
"$here/claims.sh" | tee -a "$log"
"$here/parts.sh" | tee -a "$log"
"$here/quality.sh" | tee -a "$log"
PYTHONDONTWRITEBYTECODE=1 python3 "$here/../bench/complaints_import.py" | tee -a "$log"
"$here/run.sh" | tee -a "$log"
# A pipe hides the exit status of its left side: what failed is read from the lines.
awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3; runs++ }
  END { print passed + 0 " passed, " failed + 0 " failed"; exit runs != 8 || failed > 0 }' "$log"
