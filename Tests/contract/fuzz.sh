#!/usr/bin/env bash
# Schemathesis against a server of its own (C-34, gate 5): requests right and wrong made from openapi.yaml, every answer held
# against it, no answer 5xx. Once as headquarters, then as a station for what only a station may do. Before, every bound of a
# body is held against the server's (bounds.py). Run by `make contract`.
#
#   SCHEMATHESIS_SECONDS=80   time budget of both together
#   SCHEMATHESIS_SEED=1       the same seed makes the same requests
#   SKIP_SCHEMATHESIS=1       leave it out, e.g. where PyPI cannot be reached
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=$PWD/Tests/contract

if [ -n "${SKIP_SCHEMATHESIS:-}" ]; then echo "schemathesis: left out (SKIP_SCHEMATHESIS)"; exit 0; fi
if [ "${1:-}" != --below-server ]; then
  .ci/contract-tools || {
    [ $? = 75 ] || exit 1
    echo "schemathesis: NOT RUN, the tools of Tests/contract/requirements.txt are missing" >&2
    exit 0
  }
  # Limits are tested elsewhere; fuzz_hooks.py plays the proxy.
  AFTERSALES_LIMITS_REQUESTS_PER_MINUTE=100000000 AFTERSALES_SERVER_TRUSTED_PROXIES=127.0.0.1 \
    exec .ci/with-server "$here/fuzz.sh" --below-server
fi

seconds=${SCHEMATHESIS_SECONDS:-80}
python=$PWD/.run/venv/bin/python
work=$(mktemp -d "$PWD/.run/fuzz-XXXXXX")
trap 'rm -rf "$work"' EXIT
export SCHEMATHESIS_HOOKS=fuzz_hooks PYTHONPATH=$here

# token STATION-OPTIONS…: of a caller with every role that may be held there; the refusal names those that may not.
token() {
  local roles refused
  roles=$(curl -sf -H "Authorization: Bearer $AFTERSALES_TOKEN" "$AFTERSALES_URL/v1/roles" | jq -r '.items[].code')
  refused=$(issue "$roles" "$@" 2>&1 >/dev/null | sed -n 's/.*the role \([A-Za-z]*\) cannot be held.*/\1/p' || true)
  issue "$(grep -vxF "$refused" <<<"$roles")" "$@"
}
issue() {
  local roles
  mapfile -t roles <<<"$1"
  "$AFTERSALES_BINARY" token issue "${roles[@]/#/--role=}" "${@:2}" --ttl 1h --name fuzz
}

failed=0
earlier=""
# fuzz NAME PERCENT-OF-THE-TIME STATION-OPTIONS…
fuzz() {
  local name=$1 budget=$((seconds * $2 / 100))
  TOKEN=$(token "${@:3}")
  export TOKEN
  "$python" "$here/fuzzable.py" "$AFTERSALES_URL" ${earlier:+"$earlier"} >"$work/$name.json"
  earlier=$work/$name.json
  # In $work, because it keeps a database of examples where it stands.
  (cd "$work" && "$python" -m schemathesis.cli --config-file "$here/schemathesis.toml" run "$work/$name.json" \
    --url "$AFTERSALES_URL" -H "Authorization: Bearer $TOKEN" --exclude-tag others --phases examples,coverage,fuzzing \
    --max-time "$budget" --seed "${SCHEMATHESIS_SEED:-1}" --continue-on-failure --warnings off --no-color 2>&1) |
    tee "$work/$name.log" || failed=1
  # Its threads can die and leave it content with the few operations that were tried before.
  if grep -q '^Exception in thread' "$work/$name.log"; then
    echo "schemathesis: a thread of the run as $name ended early, so most operations were not tried" >&2
    failed=1
  fi
}

echo "bounds of bodies: openapi.yaml against what the server refuses"
BOUNDS_TOKENS="$(token) $(token --station SY001)" "$python" "$here/bounds.py" || failed=1
fuzz station 75 --station SY001
fuzz network 25
exit "$failed"
