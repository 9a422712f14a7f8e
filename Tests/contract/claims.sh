#!/usr/bin/env bash
# The money of a station against a running server with the demo data, by the people of SM-6 and SM-7, with what must be refused on
# the way: a warranty claim from its draft to its settlement and the same one twice, penalty, reward, adjustment and deposit, a
# settlement with a disputed line, four people for four steps, one payment however many ask, a statement that proves itself, a
# ledger that sums to zero, a reversal.
#
#   B          the server (default AFTERSALES_URL, then http://127.0.0.1:8080)
#   PASSWORD   of the demo users (default demo-password)
#
# Prints one line "ok …" or "not ok …" a check and at last "N passed, N failed"; exit status 1 if any failed.
set -uo pipefail

# shellcheck source=Tests/contract/http.sh
. "$(dirname "${BASH_SOURCE[0]}")/http.sh"

money() { jq -n --arg amount "$1" '{amount: $amount, currency: "CNY"}'; }

# 1. Who works
login hq-claims && claims=$token
login hq-service && service=$token
login finance && finance=$token
login finance-pay && payer=$token
login st-claims && clerk=$token
login dl001-service-manager && elsewhere=$token
[ "$failed" = 0 ] || finish
get "$clerk" '/v1/stations?limit=1'
station=$(jq -r '.items[0].id' "$body")
today=$(TZ=Asia/Shanghai date +%F)
first=$(TZ=Asia/Shanghai date -d '-90 days' +%F)

# 2. What is under way is cancelled, with a reason
get "$claims" "/v1/settlements?stationId=$station&state=draft,compiled,stationConfirmed,audited,approved"
under_way=$(jq -r '.items[0].id // empty' "$body")
if [ -n "$under_way" ]; then
  case=/v1/settlements/$under_way
  act "$claims" cancel '{"reason": "重新编制 Anew"}'
  problem 403 forbidden "the claims section does not cancel a settlement"
  act "$finance" cancel '{}'
  invalid '#/reason' "a cancellation has a reason"
  act "$finance" cancel '{"reason": "重新编制 Anew"}'
  in_state cancelled "finance cancels before payment"
fi

# 3. What is owed
draft=$(jq -n --arg station "$station" --arg day "$today" --argjson amount "$(money 99.00)" \
  '{stationId: $station, code: "ASM-P1", reason: "反馈不及时 Late", occurredOn: $day, amount: $amount}')
create "$service" /v1/penalties "$draft"
invalid '#/amount' "a penalty keeps to the tariff"
create "$clerk" /v1/penalties "$draft"
problem 403 forbidden "a station does not fine itself"
create "$service" /v1/penalties "$(jq '.amount.amount = "30.00"' <<<"$draft")"
expect 201 "After-Sales fines the station" '.state == "granted" and (.number | startswith("PE-"))'
penalty=$(jq -r .id "$body")
create "$service" /v1/rewards "$(jq --argjson amount "$(money 500.00)" 'del(.code) | .amount = $amount' <<<"$draft")"
expect 201 "and rewards it" '.amount.amount == "500.00"'
entry=$(jq -n --arg station "$station" --arg day "$today" --argjson amount "$(money -12.34)" \
  '{stationId: $station, kind: "adjustment", description: "运费差额 Freight", occurredOn: $day, amount: $amount}')
create "$claims" /v1/ledger/entries "$entry"
problem 403 forbidden "only finance posts by hand"
create "$finance" /v1/ledger/entries "$(jq '.kind = "claim"' <<<"$entry")"
invalid '#/kind' "what a document posts is not posted by hand"
create "$finance" /v1/ledger/entries "$entry"
expect 201 "finance posts an adjustment" '([.postings[].amount.amount | tonumber] | add) == 0 and (.postings | length) == 2'
create "$finance" /v1/ledger/entries "$(jq --argjson amount "$(money 99999999.00)" \
  '.kind = "depositReturned" | .amount = $amount' <<<"$entry")"
problem 409 balance-too-low "no more of a deposit goes back than there is"

# 4. A warranty claim of a delivered order, and the same repair once more
get "$clerk" "/v1/work-orders?state=delivered,closed&stationId=$station&limit=1"
order=$(jq -r '.items[0].id // empty' "$body")
check "the station has delivered an order" "$([ -n "$order" ] && echo true)"
repair=$(jq -n --arg order "$order" --arg part "WP-$(key | cut -c1-8)" --argjson amount "$(money 26.00)" \
  '{kind: "campaign", workOrderId: $order, items: [{description: "更换水泵 Pump", causalPartNumber: $part,
    lines: [{kind: "sublet", description: "外协 Sublet", amount: $amount}]}]}')
create "$claims" /v1/warranty-claims "$repair"
problem 403 forbidden "headquarters claims nothing"
create "$clerk" /v1/warranty-claims "$repair"
expect 201 "the claims clerk drafts a claim" '.state == "draft" and .claimed.amount == "26.00"'
claim=/v1/warranty-claims/$(jq -r .id "$body")
case=$claim
act "$clerk" submit ''
in_state payable "a clean one is payable at once"
create "$clerk" /v1/warranty-claims "$repair"
case=/v1/warranty-claims/$(jq -r .id "$body")
act "$clerk" submit ''
in_state underAudit "the same repair once more goes to a person"
act "$clerk" decide '{"decisions": [{"line": 1, "outcome": "approved", "reason": "asClaimed", "text": "x"}]}'
problem 403 forbidden "who claims does not decide"
act "$claims" decide '{"decisions": [{"line": 1, "outcome": "rejected", "reason": "duplicate", "text": "重复索赔 Twice"}]}'
in_state rejected "and is rejected"

# 5. Compiled
span=$(jq -n --arg station "$station" --arg from "$first" --arg to "$today" \
  '{stationId: $station, periodFrom: $from, periodTo: $to}')
create "$finance" /v1/settlements "$span"
problem 403 forbidden "finance does not draft a settlement"
create "$claims" /v1/settlements "$(jq '.periodTo = "2999-01-01"' <<<"$span")"
invalid '#/periodTo' "a settlement is about days that were"
create "$claims" /v1/settlements "$span"
expect 201 "the claims section drafts a settlement" '.state == "draft"'
[ "$status" = 201 ] || finish
case=/v1/settlements/$(jq -r .id "$body")
create "$claims" /v1/settlements "$span"
problem 409 settlement-in-progress "one of a station at a time"
hidden "$elsewhere" "$case" "another station does not see it"
act "$clerk" confirm '{}'
problem 409 invalid-transition "nothing is confirmed before it is compiled"
act "$claims" compile ''
in_state compiled "compiled without a body"
hash=$(jq -r .contentHash "$body")
act "$claims" compile '{}'
expect 200 "compiled once more, the same inputs give the same" ".contentHash == \"$hash\""
get "$clerk" "$claim"
in_state inSettlement "the claim is in it"
get "$clerk" "$case/statement"
expect 200 "the statement adds up" '([.lines[] | select(.state == "included") | .amount.amount | tonumber * 100 | round] | add)
  == (.items.amount | tonumber * 100 | round)'
proof=$(jq -j .content "$body" | sha256sum | cut -d' ' -f1)
check "and its hash is that of its content" "$([ "$proof" = "$hash" ] && echo true)"
line=$(jq -r --arg penalty "$penalty" '.lines[] | select(.source.id == $penalty) | .number' "$body")
item=$(jq -r --arg penalty "$penalty" '.lines[] | select(.source.id == $penalty) | .itemId' "$body")

# 6. A line is disputed, and the dispute resolved
act "$claims" dispute-line "$(jq -n --argjson line "$line" '{lineNumber: $line, reason: "x"}')"
problem 403 forbidden "only the station disputes"
act "$clerk" dispute-line '{"lineNumber": 999999, "reason": "x"}'
invalid '#/lineNumber' "a line that is not there is not disputed"
act "$clerk" dispute-line "$(jq -n --argjson line "$line" '{lineNumber: $line, reason: "当天已登记 Recorded that day"}')"
expect 200 "the station disputes a line, which leaves the batch" ".contentHash != \"$hash\""
settlement=$case
case=/v1/payable-items/$item
act "$claims" resolve-dispute '{"resolution": "reversed", "reason": "属实 It is so"}'
expect 200 "the claims section takes the item back" '.disputed == false and .settlementId == null'
act "$claims" resolve-dispute '{"resolution": "upheld", "reason": "x"}'
problem 409 item-not-disputed "a dispute is resolved once"
case=$settlement
get "$clerk" "$case/recompilation"
expect 200 "compiling once more would say something else now, and what" '.identical == false and (.differences | length) > 0'
act "$claims" compile '{}'
expect 200 "compiled once more, it does" '.state == "compiled"'
get "$clerk" "$case/recompilation"
expect 200 "and is the same again" '.identical and .differences == []'

# 7. Confirmed, audited, approved, paid
act "$service" audit '{}'
problem 409 invalid-transition "nothing is audited that the station has not confirmed"
act "$clerk" confirm '{"note": "核对无误 Checked"}'
in_state stationConfirmed "the station confirms"
act "$claims" audit '{}'
problem 403 forbidden "who compiles does not audit"
act "$service" audit '{}'
in_state audited "After-Sales audits"
act "$finance" approve '{}'
in_state approved "finance approves"
act "$finance" pay '{"paymentReference": "HD-1"}'
problem 409 guard-failed "who approves does not pay" '.guard == "same-person"'
answers=$(mktemp -d)
current=$(version "$payer")
for place in 1 2 3 4 5 6 7 8 9 10; do
  curl -sS --max-time 30 -o /dev/null -w '%{http_code}\n' -X POST -H "Authorization: Bearer $payer" -H "If-Match: \"$current\"" \
    -H "Idempotency-Key: $(key)" -H 'Content-Type: application/json' --data-binary '{"paymentReference": "HD-1"}' \
    "$B$case/pay" >"$answers/$place" &
done
wait
paid=$(cat "$answers"/* | grep -c '^200$')
rm -r "$answers"
check "of ten payments at once one pays" "$([ "$paid" = 1 ] && echo true)"
get "$clerk" "$case"
in_state paid "it is paid"
get "$clerk" "$claim"
in_state settled "and so is the claim settled"
act "$finance" cancel '{"reason": "x"}'
problem 409 invalid-transition "what is paid is not cancelled"
act "$payer" close '{}'
in_state closed "and closed"
get "$clerk" "$case/recompilation"
expect 200 "its statement can be made again, byte for byte" '.identical'
request GET "$case/statement" "$clerk" "" -H 'Accept: text/html'
check "the page to be signed says the amount in words" "$([ "$status" = 200 ] && grep -q '人民币' "$body" && echo true)"
request GET "$case/statement" "$clerk" "" -H 'Accept: text/csv'
check "the table has a row for each line" "$([ "$status" = 200 ] && grep -q '^1,' "$body" && echo true)"

# 8. The ledger
get "$finance" '/v1/ledger/accounts?limit=100'
expect 200 "all accounts together are worth nothing" \
  '([.items[] | (.balance.amount | tonumber * 100 | round) * (if .growsByDebit then 1 else -1 end)] | add) == 0'
get "$clerk" '/v1/ledger/accounts?limit=100'
expect 200 "a station sees its own accounts" "all(.items[]; .stationId == \"$station\")"
account=$(jq -r '.items[] | select(.kind == "deposit") | .id' "$body")
get "$clerk" "/v1/ledger/accounts/$account/statement?from=$first&to=$today"
expect 200 "its statement leads from one balance to the other" \
  '(.opening.amount | tonumber) + ([.lines[].amount.amount | tonumber] | add // 0) == (.closing.amount | tonumber)'
hidden "$elsewhere" "/v1/ledger/accounts/$account" "and another station does not see it"
create "$finance" /v1/ledger/entries "$(jq --argjson amount "$(money 100.00)" \
  '.kind = "depositReceived" | .amount = $amount' <<<"$entry")"
case=/v1/ledger/entries/$(jq -r .id "$body")
act "$finance" reverse '{"reason": "录错 Wrong"}'
expect 201 "an entry is reversed" ".reversesId == \"${case##*/}\""
act "$finance" reverse '{"reason": "录错 Wrong"}'
problem 409 entry-already-reversed "once"
get "$clerk" "/v1/stations/$station/position"
expect 200 "the station's position is what it has left and is owed, less what it owes" \
  '.positions | all((.deposit.amount | tonumber) + (.advance.amount | tonumber) + (.payable.amount | tonumber)
    - (.receivable.amount | tonumber) - (.available.amount | tonumber) | fabs < 0.005)'

finish
