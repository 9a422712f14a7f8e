#!/usr/bin/env bash
# Runs the walk of README.md, the very blocks that stand there, and then all others behind it, against a running server with the demo
# data, and looks at what they print and leave. Meant for .ci/with-server. The last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
check() { # SENTENCE COMMAND…
  if "${@:2}" >"$work/said" 2>&1; then
    passed=$((passed + 1)) && echo "ok $1"
  else
    failed=$((failed + 1)) && echo "not ok $1" && sed 's/^/  # /' "$work/said"
  fi
}

# The indented blocks of the list are code, too.
awk '/^## / { inside = /^## A walk/ } !inside { next } /^ *```bash$/ { code = 1; next } /^ *```$/ { code = 0 } code' README.md |
  sed 's/^ \{3,4\}//' >"$work/walk.sh"
# Counts the calls; everything else is curl itself.
mkdir "$work/bin"
printf '#!/bin/bash\necho call >>"%s/calls"\nexec "%s" "$@"\n' "$work" "$(command -v curl)" >"$work/bin/curl"
chmod +x "$work/bin/curl"
walk() {
  : >"$work/calls"
  B=${AFTERSALES_URL:?} PATH="$work/bin:$PATH" bash -euo pipefail "$work/walk.sh" >"$work/printed" && return
  cat "$work/printed"
  return 1
}
states() {
  grep -vE '^[0-9]{4}-' "$work/printed" | paste -sd ' ' | tee /dev/stderr | grep -qxF "$(paste -sd ' ' <<END
inspected diagnosed quoted authorised inWorkshop inRepair line 2: open awaitingCustomerApproval inRepair
line 1: 已更换 Replaced line 2: 已更换 Replaced qualityCheck inRepair qualityCheck ready notified accepted settled delivered
END
)"
}
story() {
  local event
  for event in received authorised itemsDecided inspectionFailed inspectionPassed settled delivered; do
    grep -qP "\tworkOrder\.$event\t" "$work/printed" || { echo "$event is missing"; return 1; }
  done
}
fifteen() {
  local calls
  calls=$(wc -l <"$work/calls")
  echo "$calls calls"
  [ "$calls" = 15 ]
}

# The walk and everything behind it in one shell, as a reader pastes it. What it prints is the reader's; that a request is refused, or
# that jq finds nothing where it looks, is not. One refusal is meant: the erasure of somebody whose orders are under way.
all() {
  awk '/^## / { inside = inside || /^## A walk/ } !inside { next } /^ *```bash$/ { code = 1; next } /^ *```$/ { code = 0 } code' README.md |
    sed 's/^ \{3,4\}//' >"$work/all.sh"
  # The signals that a block reads are found by the server's own jobs.
  local token
  token=$(curl -s "$AFTERSALES_URL/oauth2/token" -d grant_type=password -d username=qa -d password=demo-password | jq -r .access_token)
  for _ in $(seq 120); do
    curl -s -H "Authorization: Bearer $token" "$AFTERSALES_URL/v1/early-warnings?state=open" | jq -e '.items[0]' >/dev/null && break
    sleep 0.5
  done
  B=${AFTERSALES_URL:?} bash -uo pipefail "$work/all.sh" >"$work/told" 2>&1 || { tail -n 20 "$work/told"; return 1; }
  grep -anE '^curl: |^jq: |unbound variable|command not found|syntax error' "$work/told" >"$work/refused"
  cat "$work/refused"
  [ "$(wc -l <"$work/refused")" = 1 ] && grep -q 'error: 409' "$work/refused" && grep -aq 'legal-hold' "$work/told"
}

check "the walk of README.md runs" walk
check "… goes through the states it names" states
check "… leaves the whole story" story
check "… is 15 calls of curl, as it says" fifteen
check "… runs again" walk
check "every block behind it runs, and nothing but one erasure is refused" all
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
