#!/usr/bin/env bash
# What the walks talk to a running server with: requests, and checks that print one line each and are counted.
# Sourced; leaves the answer in $body, its status in $status.
#
#   B          the server (default AFTERSALES_URL, then http://127.0.0.1:8080)
#   PASSWORD   of the demo users (default demo-password)

B=${B:-${AFTERSALES_URL:-http://127.0.0.1:8080}}
PASSWORD=${PASSWORD:-demo-password}
passed=0
failed=0
body=$(mktemp)
trap 'rm -f "$body"' EXIT

check() { # SENTENCE CONDITION-RESULT
  if [ "$2" = true ]; then
    passed=$((passed + 1))
    echo "ok $1"
  else
    failed=$((failed + 1))
    echo "not ok $1"
    { printf '  status %s: ' "${status:-}"; head -c 600 "$body"; echo; } >&2
  fi
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] || exit 1
  exit 0
}

# request METHOD PATH TOKEN [BODY] [CURL-OPTION…]: answer in $body, status in $status.
request() {
  local method=$1 path=$2 token=$3 data=${4:-} options
  shift $(($# < 4 ? $# : 4))
  options=(-sS --max-time 30 -o "$body" -w '%{http_code}' -X "$method")
  [ -z "$token" ] || options+=(-H "Authorization: Bearer $token")
  [ -z "$data" ] || options+=(--data-binary "$data")
  status=$(curl "${options[@]}" "$@" "$B$path") || status=000
}

login() { # USER: its access token in $token
  request POST /oauth2/token "" "" --data-urlencode grant_type=password \
    --data-urlencode "username=$1" --data-urlencode "password=$PASSWORD"
  token=$(jq -r '.access_token // empty' "$body" 2>/dev/null)
  check "$1 logs in" "$([ "$status" = 200 ] && [ -n "$token" ] && echo true)"
}

get() { request GET "$2" "$1"; }

is() { # JQ-FILTER: whether it holds for the answer
  jq -e "$1" "$body" >/dev/null 2>&1 && echo true
}

# expect STATUS SENTENCE [JQ-FILTER]
expect() {
  if [ "$status" = "$1" ] && { [ -z "${3:-}" ] || [ "$(is "$3")" = true ]; }; then check "$2" true; else check "$2" false; fi
}

key() { cat /proc/sys/kernel/random/uuid; }

create() { # TOKEN PATH BODY
  request POST "$2" "$1" "$3" -H "Idempotency-Key: $(key)" -H 'Content-Type: application/json'
}

# The document that the actions are about, as /v1/complaints/… or /v1/settlements/…
case=""

version() {
  get "$1" "$case"
  jq -r '.version // 0' "$body"
}

# change METHOD TOKEN PATH-BELOW-THE-DOCUMENT BODY
change() {
  local current
  current=$(version "$2")
  request "$1" "$case/$3" "$2" "$4" -H "Idempotency-Key: $(key)" -H "If-Match: \"$current\"" \
    -H 'Content-Type: application/json'
}

act() { change POST "$@"; }

in_state() { expect 200 "$2" ".state == \"$1\""; }

problem() { # STATUS TYPE SENTENCE [JQ-FILTER]
  expect "$1" "$3" "(.type | endswith(\"$2\")) and (${4:-true})"
}

invalid() { # POINTER SENTENCE
  problem 422 validation-failed "$2" "any(.errors[]; .pointer == \"$1\")"
}

# hidden TOKEN PATH SENTENCE: as if it were not there.
hidden() {
  get "$1" "$2"
  problem 404 not-found "$3"
}
