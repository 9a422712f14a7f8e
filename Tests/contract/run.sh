#!/usr/bin/env bash
# The rules of the API as checks against a running server. Each prints one line; the last line is "N passed, N failed".
#
#   B                    base URL (AFTERSALES_URL, http://127.0.0.1:8080)
#   CID, CSECRET         machine client that may do everything with work orders, customers and vehicles
#   STATION, CUST        a station that the client sees, and a customer of it (ids)
#   OTHER_STATION_TOKEN  access token with workOrders:read of another station
#   PYTHON               python3 with openapi-spec-validator; without it the document is not validated
#   ROUTES_FILE          output of `aftersales routes`, to be compared with the served contract
#
# Below .ci/with-server (AFTERSALES_URL, AFTERSALES_TOKEN, AFTERSALES_BINARY) all of these are found or made. The fuzzer is
# fuzz.sh, with a server of its own.
#
# What differs from a generic API: pointers are camelCase, callers of several stations name `stationId`, prices have two
# places, every action needs an Idempotency-Key, and the OAuth endpoints keep the error names of
# their RFCs. Checks that stop the database or the server belong to the end-to-end tests.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
here=Tests/contract

B=${B:-${AFTERSALES_URL:-http://127.0.0.1:8080}}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "${CID:-}" ] && [ -n "${AFTERSALES_TOKEN:-}" ] && [ -n "${AFTERSALES_BINARY:-}" ]; then
  # shellcheck source=/dev/null
  . "$here/fixtures.sh" || exit 1
fi
for name in CID CSECRET STATION CUST OTHER_STATION_TOKEN; do
  [ -n "${!name:-}" ] || { echo "$name is not set" >&2; exit 64; }
done

passed=0 failed=0
# check TITLE COMMAND…: whether the command succeeds.
check() {
  local title=$1
  shift
  if "$@" >"$work/output" 2>&1; then
    passed=$((passed + 1)) && echo "ok $title"
  else
    failed=$((failed + 1)) && echo "not ok $title"
    head -c 400 "$work/output" | sed 's/^/  # /' && echo
  fi
}
skip() { echo "skipped $1"; }

uuid() { cat /proc/sys/kernel/random/uuid; }
token() { curl -s -u "$CID:$CSECRET" -d grant_type=client_credentials "$@" "$B/oauth2/token" | jq -r .access_token; }
api() { curl -s --max-time 30 -H "Authorization: Bearer $TOKEN" "$@"; }
code() { api -o /dev/null -w '%{http_code}\n' "$@"; }
headers() { api -D - -o /dev/null "$@" | tr -d '\r'; }
key() { echo "Idempotency-Key: \"$(uuid)\""; }
etag() { headers "$1" | sed -n 's/^[Ee][Tt]ag: //p'; }
draft() {
  jq -nc --arg c "$CUST" --arg s "$STATION" --arg t "${1:-noise}" '{customerId: $c, stationId: $s, summary: $t}'
}
new() { api -H "$json" -H "$(key)" -d "${1:-$(draft)}" "$B/v1/work-orders"; }
json='Content-Type: application/json'
merge='Content-Type: application/merge-patch+json'

# Each answers whether one request behaves; the URL and curl's options follow.
status_is() {
  local got want=$1
  shift
  got=$(code "$@")
  echo "$got, expected $want"
  [ "$got" = "$want" ]
}
body_has() {
  local filter=$1
  shift
  api "$@" | tee "$work/body" | jq -e "$filter" && return
  cat "$work/body"
  return 1
}
header_has() {
  local pattern=$1
  shift
  headers "$@" | tee "$work/head" | grep -iE "$pattern" && return
  cat "$work/head"
  return 1
}
# The same without a token of our own.
open_status_is() {
  local got want=$1
  shift
  got=$(curl -s -o /dev/null -w '%{http_code}' "$@")
  echo "$got, expected $want"
  [ "$got" = "$want" ]
}
open_has() {
  local pattern=$1
  shift
  curl -si "$@" | tr -d '\r' | tee "$work/open" | grep -iE "$pattern" && return
  cat "$work/open"
  return 1
}

TOKEN=$(token)
if [ "${TOKEN:-null}" = null ]; then
  echo "the client cannot log in at $B" >&2
  exit 1
fi
ID=$(new | jq -r .id)
O=$B/v1/work-orders
for n in 1 2 3 4 5 6 7; do new "$(draft "noise $n")" >/dev/null; done

# --- Resources and representation

check "C-01 an id that cannot exist is 404" status_is 404 "$O/not-a-uuid"
check "C-01 a trailing slash leads nowhere" status_is 404 "$O/$ID/"
check "C-01 the number works as an id" body_has ".id == \"$ID\"" "$O/$(api "$O/$ID" | jq -r .number)"
unknown_member() {
  body_has '.status == 422 and any(.errors[]; .pointer == "#/sumary" and .code == "unknownField")' \
    -H "$json" -H "$(key)" -d "{\"customerId\":\"$CUST\",\"stationId\":\"$STATION\",\"sumary\":\"x\"}" "$O"
}
check "C-02 an unknown member is refused with its pointer" unknown_member
check "C-02 U+0000 is refused" body_has '.status == 422 and any(.errors[]; .pointer == "#/summary")' \
  -H "$json" -H "$(key)" -d "{\"customerId\":\"$CUST\",\"stationId\":\"$STATION\",\"summary\":\"a\\u0000b\"}" "$O"
check "C-02 a member given twice is 400" status_is 400 -H "$json" -H "$(key)" -d '{"summary":"a","summary":"b"}' "$O"
check "C-03 ids are UUIDv7" \
  body_has '.id | test("^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")' "$O/$ID"
check "C-04 instants are UTC with three fractional digits" \
  body_has '.createdAt | test("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$")' "$O/$ID"
check "C-04 a day that does not exist is 400" status_is 400 "$O?createdAtFrom=2026-02-30T00:00:00Z"
check "C-04 any offset is accepted" status_is 200 "$O?createdAtFrom=2026-11-21T10:00:00%2B08:00"
line=$(jq -nc '{description: "noise", standardHours: "0.50", labourRate: {amount: "180.00", currency: "CNY"}}')
check "C-05 a line with a price is accepted" status_is 201 -H "$json" -H "$(key)" -d "$line" "$O/$ID/lines"
check "C-05 amounts are strings with a currency" \
  body_has 'all(.items[]; (.labourRate.amount | type) == "string" and (.labourRate.currency | test("^[A-Z]{3}$")))' \
  "$O/$ID/lines"
for amount in '"1e3"' '"1,50"' '"12abc"' '".5"' '"01"' '"1.234"' 1.5; do
  check "C-05 the amount $amount is refused" status_is 422 -H "$json" -H "$(key)" \
    -d "{\"description\":\"x\",\"labourRate\":{\"amount\":$amount,\"currency\":\"CNY\"}}" "$O/$ID/lines"
done
check "C-06 a wrong method is 405" status_is 405 -X DELETE "$O"
check "C-06 … and says which are right" header_has '^allow: .*GET.*POST' -X DELETE "$O"
check "C-06 TRACE is 405" status_is 405 -X TRACE "$O"
check "C-06 a wrong media type is 415" status_is 415 -H 'Content-Type: text/xml' -H "$(key)" -d '{}' "$O"
check "C-06 Accept without JSON is 406" status_is 406 -H 'Accept: text/html' "$O"
check "C-06 OPTIONS is 204" status_is 204 -X OPTIONS "$O"
check "C-06 HEAD works wherever GET does" status_is 200 -I "$O/$ID"
check "C-08 unknown paths answer a problem" header_has '^content-type: application/problem\+json' "$B/v1/nope"
check "C-08 a problem has type, title and requestId" \
  body_has '.status == 404 and (.type | startswith("/problems/")) and .title and .requestId' "$O/$(uuid)"
check "C-08 a problem's type resolves" status_is 200 "$B$(api "$O/$(uuid)" | jq -r .type)"
silent() { ! api -H "$json" -H "$(key)" -d '{' "$O" | grep -iE 'swift|sql|codingpath|decodingerror'; }
check "C-08 a problem tells nothing of the inside" silent
part='{"partNumber":"p","description":"d","quantity":-1,"unitPrice":{"amount":"1","currency":"CNY"}}'
check "C-09 all faults come at once" \
  body_has '.status == 422 and ([.errors[].pointer] | index("#/customerId") and index("#/summary")
    and index("#/lines/0/parts/0/quantity"))' \
  -H "$json" -H "$(key)" -d "{\"summary\":\"\",\"lines\":[{\"description\":\"x\",\"parts\":[$part]}]}" "$O"

# --- Reading

next=$(api "$O?limit=2" | jq -r .nextCursor)
check "C-10 pages are linked" header_has '^link: <http.*cursor=.*>; rel="next"' "$O?limit=2"
walk() {
  local cursor='' page ids='' n=0
  while :; do
    page=$(api "$O?limit=3&sort=createdAt&createdAtFrom=$started${cursor:+&cursor=$cursor}")
    ids+=$(jq -r '.items[].id' <<<"$page")$'\n'
    cursor=$(jq -r '.nextCursor // empty' <<<"$page")
    n=$((n + 1))
    # Rows are inserted while the walk goes on.
    [ $n -gt 3 ] || new >/dev/null
    if [ -z "$cursor" ] || [ $n -ge 50 ]; then break; fi
  done
  [ $n -gt 3 ] && [ -z "$(sort <<<"$ids" | sed '/^$/d' | uniq -d)" ] && grep -q "$ID" <<<"$ids"
}
started=$(api "$O/$ID" | jq -r .createdAt)
check "C-10 a walk misses nothing and repeats nothing" walk
check "C-10 a cursor belongs to its filters" status_is 400 "$O?limit=2&state=received&cursor=$next"
check "C-10 a changed cursor is refused" status_is 400 "$O?cursor=${next}x"
check "C-10 limit 0 is refused" status_is 400 "$O?limit=0"
check "C-10 limit -1 is refused" status_is 400 "$O?limit=-1"
check "C-10 a large limit is coerced" body_has '(.items | length) <= 100' "$O?limit=5000"
check "C-10 totals are counted on demand" \
  body_has '.totalCount >= 8 and .totalIsLowerBound != null' "$O?total=exact&limit=1"
check "C-11 a comma means any of" \
  body_has 'all(.items[].state; . == "received" or . == "cancelled")' "$O?state=received,cancelled&limit=100"
for query in stat=received state=recieved 'state=received&state=closed' createdAtFrom=yesterday \
  "number=$(printf 'a%.0s' {1..300})" "state=received'%3BDROP%20TABLE%20x--" expand=everything; do
  check "C-11 refused: ${query:0:40}" status_is 400 "$O?$query"
done
check "C-11 the parameter is named" body_has '.errors[0].parameter == "stat"' "$O?stat=received"
check "C-12 sorted as asked" body_has '[.items[].createdAt] | . == (sort | reverse)' "$O?sort=-createdAt&limit=50"
check "C-12 only listed fields sort" status_is 400 "$O?sort=secret"
check "C-13 fields are selected" body_has 'keys == ["id", "state"]' "$O/$ID?fields=id,state"
tag=$(etag "$O/$ID")
check "C-14 a known version is 304" status_is 304 -H "If-None-Match: \"x\", W/$tag" "$O/$ID"
check "C-14 * is 304" status_is 304 -H 'If-None-Match: *' "$O/$ID"
check "C-14 nothing is stored by caches" header_has '^cache-control: no-store' "$O/$ID"

# --- Writing

created() {
  api -i -H "$json" -H "$(key)" -d "$(draft created)" "$O" | tr -d '\r' >"$work/created"
  local location
  location=$(sed -n 's/^[Ll]ocation: //p' "$work/created")
  grep -qE '^HTTP/1.1 201' "$work/created" && [[ $location = http* ]] && grep -qi '^etag:' "$work/created" &&
    diff <(sed '1,/^$/d' "$work/created" | jq -S .) <(api "$location" | jq -S .)
}
check "C-15 201 with Location, ETag and what GET shows" created
check "C-15 what the server sets cannot be sent" status_is 422 -H "$json" -H "$(key)" \
  -d "$(draft | jq -c '.state = "closed"')" "$O"
edit=(-X PATCH -H "$merge" -d '{"summary":"edited"}')
check "C-16 If-Match is needed" status_is 428 "${edit[@]}" "$O/$ID"
check "C-16 another version is 412" status_is 412 "${edit[@]}" -H 'If-Match: "0"' "$O/$ID"
check "C-16 a weak tag is 412" status_is 412 "${edit[@]}" -H "If-Match: W/$(etag "$O/$ID")" "$O/$ID"
check "C-16 404 wins over 428" status_is 404 "${edit[@]}" "$O/$(uuid)"
race() {
  local tag n
  tag=$(etag "$O/$ID")
  for n in $(seq 20); do
    code -X PATCH -H "$merge" -d "{\"summary\":\"race $n\"}" -H "If-Match: $tag" "$O/$ID" >"$work/race.$n" &
  done
  wait
  cat "$work"/race.* | sort | uniq -c | tee "$work/races"
  grep -q '^ *1 200$' "$work/races" && grep -q '^ *19 412$' "$work/races"
}
check "C-16 of twenty edits of one version one wins" race
check "C-17 null clears, absent stays, objects merge" \
  body_has '.note == null and .contact.phone == "13840012345" and .summary != null' \
  -X PATCH -H "$merge" -H 'If-Match: *' -d '{"note":null,"contact":{"phone":"13840012345"}}' "$O/$ID"
check "C-17 patches are merge patches" header_has '^accept-patch: application/merge-patch\+json' \
  -X PATCH -H "$json" -H 'If-Match: *' -d '{}' "$O/$ID"
unchanged() {
  local before
  before=$(etag "$O/$ID")
  api -X PATCH -H "$merge" -H 'If-Match: *' -d '{}' "$O/$ID"
  [ "$before" = "$(etag "$O/$ID")" ]
}
check "C-17 a patch that changes nothing keeps the version" unchanged
check "C-17 the state is read-only" body_has 'any(.errors[]; .code == "readOnly")' \
  -X PATCH -H "$merge" -H 'If-Match: *' -d '{"state":"closed"}' "$O/$ID"
stop() {
  body_has "$1" -H "$json" -H 'If-Match: *' -H "$(key)" -d '{"reason":"customer"}' "$O/$gone/cancel"
}
gone=$(new | jq -r .id)
check "C-18 an action moves the state" stop '.state == "cancelled"'
check "C-18 an impossible action says what is possible" \
  stop '.status == 409 and .from == "cancelled" and .to == "cancelled" and (.allowed | type) == "array"'
K="Idempotency-Key: \"$(uuid)\""
once=$(draft once)
same() { [ "$(api -H "$json" -H "$K" -d "$once" "$O")" = "$(api -H "$json" -H "$K" -d "$once" "$O")" ]; }
check "C-19 a repetition answers the same" same
check "C-19 … and says so" header_has '^idempotency-replayed: true' -H "$json" -H "$K" -d "$once" "$O"
check "C-19 another body under the key is 422" status_is 422 -H "$json" -H "$K" -d "${once/once/twice}" "$O"
check "C-19 without a key it is 400" status_is 400 -H "$json" -d "$once" "$O"
parallel() {
  local same n
  same=$(key)
  for n in $(seq 20); do
    code -H "$json" -H "$same" -d "$(draft "$same")" "$O" >"$work/parallel.$n" &
  done
  wait
  sort "$work"/parallel.* | uniq -c | tee "$work/parallels"
  ! grep -qvE ' (201|409)$' "$work/parallels" && grep -q ' 201$' "$work/parallels" &&
    [ "$(api "$O?sort=-createdAt&limit=30" | jq --arg t "$same" '[.items[] | select(.summary == $t)] | length')" = 1 ]
}
check "C-19 twenty at once make one" parallel
number=$(api "$O/$ID/lines" | jq '.items[0].number')
check "C-21 a line is removed" status_is 204 -X DELETE -H 'If-Match: *' "$O/$ID/lines/$number"
check "C-21 a second time it is 404" status_is 404 -X DELETE -H 'If-Match: *' "$O/$ID/lines/$number"

# --- Security

client=(-u "$CID:$CSECRET" "$B/oauth2/token")
granted() {
  curl -si -d 'grant_type=client_credentials&scope=workOrders:read' "${client[@]}" | tr -d '\r' >"$work/token"
  grep -qi '^cache-control: no-store' "$work/token" && sed '1,/^$/d' "$work/token" |
    jq -e '.token_type == "Bearer" and .expires_in <= 900 and .scope == "workOrders:read"
      and (has("refresh_token") | not)'
}
check "C-22 client credentials give a token" granted
check "C-22 a wrong secret is 401 with a challenge" open_has '^www-authenticate: basic' \
  -u "$CID:wrong" -d grant_type=client_credentials "$B/oauth2/token"
check "C-22 … as invalid_client" open_has '"invalid_client"' \
  -u "$CID:wrong" -d grant_type=client_credentials "$B/oauth2/token"
check "C-22 clients do not log in as people" open_has '"unsupported_grant_type"' -d grant_type=password "${client[@]}"
check "C-22 unknown scopes are refused" open_has '"invalid_scope"' \
  -d 'grant_type=client_credentials&scope=admin' "${client[@]}"
check "C-22 the metadata is published" open_has '"token_endpoint"' "$B/.well-known/oauth-authorization-server"
check "C-23 without a token 401 with a challenge" open_has '^www-authenticate: bearer' "$O"
reader=$(token -d scope=workOrders:read)
check "C-23 a missing permission is 403" open_status_is 403 \
  -H "Authorization: Bearer $reader" -H "$json" -H "$(key)" -d '{}' "$O"
check "C-23 tokens in the query are ignored" open_status_is 401 "$O?access_token=$TOKEN"
check "C-23 another station's order is 404" open_status_is 404 -H "Authorization: Bearer $OTHER_STATION_TOKEN" "$O/$ID"
other=$([ "${TOKEN: -1}" = x ] && echo y || echo x)
for bad in "" x "${TOKEN%?}$other" "asr_${TOKEN#ast_}" "$(head -c 60 /dev/zero | tr '\0' a)"; do
  check "C-24 refused: '${bad:0:4}…'" open_status_is 401 -H "Authorization: Bearer $bad" "$O"
done
check "C-25 an unknown user is invalid_grant" open_has '"invalid_grant"' \
  -d 'grant_type=password&username=nobody&password=x' "$B/oauth2/token"
revoked() {
  local victim
  victim=$(token)
  open_status_is 200 -u "$CID:$CSECRET" -d "token=$victim" "$B/oauth2/revoke" && sleep 1 &&
    open_status_is 401 -H "Authorization: Bearer $victim" "$O"
}
check "C-26 a revoked token is dead within a second" revoked
check "C-26 revoking rubbish is 200" open_status_is 200 -u "$CID:$CSECRET" -d token=garbage "$B/oauth2/revoke"
check "C-26 revoking needs credentials" open_status_is 401 -d token=garbage "$B/oauth2/revoke"
check "C-27 the quota is told" header_has '^ratelimit: "[a-z]+";r=[0-9]+;t=[0-9]+' "$O"
check "C-27 … and its policy" header_has '^ratelimit-policy: "[a-z]+";q=[0-9]+;w=[0-9]+' "$O"
for path in /v1/work-orders /v1/nope /livez /oauth2/token; do
  check "C-28 security headers on $path" open_has '^x-content-type-options: nosniff' "$B$path"
done
unnamed() { ! curl -si "$B/livez" | grep -qi '^server:'; }
check "C-28 the server does not name itself" unnamed
closed() { ! curl -si -H 'Origin: https://evil.example' "$O" | grep -qi access-control-allow-origin; }
check "C-28 no cross-origin access" closed
head -c 2000000 /dev/zero | tr '\0' ' ' >"$work/large"
check "C-28 a large body is 413" status_is 413 -H "$json" -H "$(key)" --data-binary "@$work/large" "$O"
fat() {
  local got
  got=$(code -H "X-Big: $(head -c 20000 /dev/zero | tr '\0' a)" "$O")
  echo "$got"
  [ "$got" = 431 ] || [ "$got" = 000 ]
}
check "C-28 large headers are refused" fat

# --- Operations and contract

signs() { # C-30: the vector of Standard Webhooks, as a receiver would check it
  local secret=MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw hex
  hex=$(printf %s "$secret" | base64 -d | od -An -v -tx1 | tr -d ' \n')
  [ "$(printf 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}' |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$hex" -binary | base64)" = g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= ]
}
check "C-30 a receiver checks a signature with openssl" signs
for url in https://169.254.169.254/ https://127.0.0.1/ 'https://[::1]/' https://localhost/ https://2130706433/ ftp://example.com/; do
  check "C-30 no webhook to $url" status_is 422 -H "$json" -H "$(key)" \
    -d "{\"url\":\"$url\",\"eventTypes\":[\"workOrder.*\"]}" "$B/v1/webhooks"
done
check "C-30 the secret is shown once" body_has '(.secret | test("^whsec_")) and .state == "active"' -H "$json" -H "$(key)" \
  -d '{"url":"https://dms.example.com/hooks","eventTypes":["workOrder.*"]}' "$B/v1/webhooks"
check "C-30 … and never again" body_has '.items[0] | has("secret") | not' "$B/v1/webhooks?limit=1"

check "C-31 a request id is taken over" header_has '^x-request-id: abc-1$' -H 'X-Request-Id: abc-1' "$O"
check "C-31 a bad request id is replaced" \
  header_has '^x-request-id: [A-Za-z0-9._-]{8,}$' -H 'X-Request-Id: bad id;<>' "$O"
trace=4bf92f3577b34da6a3ce929d0e0e4736
check "C-31 a trace goes on" \
  body_has ".traceId == \"$trace\"" -H "traceparent: 00-$trace-00f067aa0ba902b7-01" "$O/$(uuid)"
check "C-31 an empty trace is replaced" body_has '.traceId | test("^(?!0{32})[0-9a-f]{32}$")' \
  -H 'traceparent: 00-00000000000000000000000000000000-00f067aa0ba902b7-01' "$O/$(uuid)"
check "C-32 alive" body_has '.status == "pass"' "$B/livez"
check "C-32 ready, with the database" body_has '.status == "pass" and .checks.database.status == "pass"' "$B/readyz"
check "C-34 the contract is served" body_has '.openapi | startswith("3.1.")' "$B/openapi.json"
served() { curl -s "$B/openapi.yaml" | cmp - openapi.yaml; }
check "C-34 … as it lies in the repository" served
vin=LSV$(tr -dc 'A-HJ-NPR-Z0-9' </dev/urandom | head -c 14)
vehicle=$(jq -nc --arg v "$vin" '{vin: $v, usage: "private"}')
check "C-35 a new VIN is accepted" status_is 201 -H "$json" -H "$(key)" -d "$vehicle" "$B/v1/vehicles"
check "C-35 a VIN that is taken is 409" body_has '.status == 409 and .field == "vin"' \
  -H "$json" -H "$(key)" -d "$vehicle" "$B/v1/vehicles"
check "C-35 a customer that is not there is 422" \
  body_has '.status == 422 and any(.errors[]; .pointer == "#/customerId" and .code == "notFound")' \
  -H "$json" -H "$(key)" -d "$(draft | jq -c --arg c "$(uuid)" '.customerId = $c')" "$O"

python=${PYTHON:-.run/venv/bin/python}
if "$python" -c 'import openapi_spec_validator' 2>/dev/null; then
  check "C-34 the contract is valid OpenAPI" "$python" -m openapi_spec_validator openapi.yaml
else
  skip "C-34 the contract is valid OpenAPI (no openapi-spec-validator)"
fi
if [ -z "${ROUTES_FILE:-}" ] && [ -n "${AFTERSALES_BINARY:-}" ]; then
  ROUTES_FILE=$work/routes
  "$AFTERSALES_BINARY" routes >"$ROUTES_FILE"
fi
routed() {
  # Every operation with its permission; `self` and `public` of the contract are `own` and `open` of the routes.
  curl -s "$B/openapi.json" | jq -r '.paths | to_entries[] | .key as $path | .value | to_entries[]
    | select(.key | test("^(get|put|post|patch|delete)$")) | [(.key | ascii_upcase), $path, (.value["x-permission"]
    | if . == "self" then "own" elif . == "public" then "open" else . end)] | @tsv' | LC_ALL=C sort >"$work/documented"
  LC_ALL=C sort "$ROUTES_FILE" | diff "$work/documented" -
}
if [ -n "${ROUTES_FILE:-}" ]; then
  check "C-34 routes and contract are the same operations" routed
else
  skip "C-34 routes and contract are the same operations (no ROUTES_FILE)"
fi

# Last, because it leaves the client without requests for a while.
exhausted() {
  local quota
  quota=$(headers "$B/v1/roles?fields=code" | sed -n 's/^ratelimit-policy: .*;q=\([0-9]*\);.*/\1/Ip')
  # Far more than a test can use up says nothing; fragments are not sent, they only make curl repeat the request.
  if [ "${quota:-0}" -lt 1 ] || [ "$quota" -gt 5000 ]; then
    echo "the quota is ${quota:-missing}"
    return 1
  fi
  # More than the quota and what it gains back while a slow machine asks. Each answer in a file of its own: a body does not
  # end with a line break, so that the next status would stand behind it.
  mkdir -p "$work/answers"
  api -o "$work/answers/#1" -w '%{http_code} %header{retry-after}\n' --parallel --parallel-max 8 --max-time 120 \
    "$B/v1/me?fields=id#[1-$((2 * quota + 200))]" 2>/dev/null >"$work/quota"
  sort "$work/quota" | uniq -c
  grep -q '^200 $' "$work/quota" && grep -q '^429 ' "$work/quota" && ! grep -qvE '^(200 |429 [1-9][0-9]*)$' "$work/quota" ||
    return
  # Every refusal says why.
  [ "$(grep -l 'http-problem-types#quota-exceeded' "$work/answers"/* | wc -l)" -eq "$(grep -c '^429 ' "$work/quota")" ]
}
check "C-27 an empty quota is 429 with Retry-After" exhausted

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
