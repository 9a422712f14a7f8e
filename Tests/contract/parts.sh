#!/usr/bin/env bash
# A parts order to its end against a running server with the demo data, by the people of SM-8 and SM-9, with what must be refused
# on the way: drafted, signed by another person, submitted, held and released, shipped in two parts with a carrier that follows
# them, received with one piece short and one damaged, claimed for, replaced and compensated, closed.
#
#   B          the server (default AFTERSALES_URL, then http://127.0.0.1:8080)
#   PASSWORD   of the demo users (default demo-password)
#
# Prints one line "ok …" or "not ok …" a check and at last "N passed, N failed"; exit status 1 if any failed.
set -uo pipefail

# shellcheck source=Tests/contract/http.sh
. "$(dirname "${BASH_SOURCE[0]}")/http.sh"

# The document that the actions are about, as /v1/parts-orders/…
case=""

# act TOKEN ACTION BODY
act() {
  local current
  get "$1" "$case"
  current=$(jq -r '.version // 0' "$body")
  request POST "$case/$2" "$1" "${3:-}" -H "Idempotency-Key: $(key)" -H "If-Match: \"$current\"" \
    -H 'Content-Type: application/json'
}

in_state() { expect 200 "$2" ".state == \"$1\"${3:+ and $3}"; }

problem() { # STATUS TYPE SENTENCE [JQ-FILTER]
  expect "$1" "$3" "(.type | endswith(\"$2\")) and (${4:-true})"
}

stock() { # QUANTITY-RECEIVED-BY-HEADQUARTERS
  create "$parts" /v1/stock-movements "$(jq -n --arg l "$warehouse" --arg p "$part" --argjson q "$1" \
    '{kind: "receipt", locationId: $l, partId: $p, quantity: $q, unitCost: {amount: "180.00", currency: "CNY"}}')"
}

# 1. Who works
login hq-parts && parts=$token
login hq-exec && executive=$token
login finance && finance=$token
login st-parts-clerk && clerk=$token
login st-parts-supervisor && supervisor=$token
login carrier && carrier=$token
login dl001-parts-clerk && elsewhere=$token
[ "$failed" = 0 ] || finish
get "$parts" '/v1/carriers?limit=100'
expect 200 "the demo has a carrier" '.items | length > 0'
haulier=$(jq -r '[.items[] | select(.isActive)][0].id' "$body")

# 2. A part with an approved price, in a warehouse of its own
suffix=$(tr -dc 'A-Z0-9' </dev/urandom | head -c 6)
create "$parts" /v1/parts "{\"number\": \"CT-$suffix\", \"name\": \"前制动片 Front pads\", \"unit\": \"set\"}"
expect 201 "headquarters lists a part"
part=$(jq -r .id "$body")
create "$parts" /v1/warehouses "{\"code\": \"CT-$suffix\", \"name\": \"契约测试库\", \"kind\": \"central\"}"
expect 201 "… and a warehouse"
warehouse=$(jq -r .id "$body")
stock 8
expect 201 "… where eight of it come in"
create "$clerk" /v1/parts-orders "{\"type\": \"stock\", \"lines\": [{\"partNumber\": \"CT-$suffix\", \"quantity\": 1}]}"
expect 201 "a part may be ordered before its price is known" '.lines[0].unitPrice == null'
case=/v1/parts-orders/$(jq -r .id "$body")
station=$(jq -r .stationId "$body")
get "$parts" "/v1/warehouses?stationId=$station"
if [ "$(jq '.items | length' "$body")" = 0 ]; then
  create "$parts" /v1/warehouses "$(jq -n --arg s "$station" --arg c "ST-$suffix" \
    '{code: $c, name: "配件库 Parts store", kind: "station", stationId: $s}')"
  expect 201 "the station gets its store"
fi
act "$supervisor" sign '{}'
problem 422 validation-failed "… but nobody signs it" 'any(.errors[]; .pointer == "#/lines/0/partNumber")'
create "$parts" /v1/price-lists "$(jq -n --arg p "$part" --arg day "$(TZ=Asia/Shanghai date +%F)" \
  '{name: "契约测试价目", validFrom: $day, lines: [{partId: $p, price: {amount: "520.00", currency: "CNY"}}]}')"
expect 201 "a price list is drafted"
case=/v1/price-lists/$(jq -r .id "$body")
act "$parts" submit '{}'
expect 200 "… submitted"
act "$executive" approve '{}'
expect 200 "… and approved by another department"

# 3. The order
draft=$(jq -n --arg n "CT-$suffix" '{type: "stock", remark: "补库 For the shelf", lines: [{partNumber: $n, quantity: 10}]}')
create "$clerk" /v1/parts-orders "$(jq '.lines[0].partNumber = "NOT-THERE"' <<<"$draft")"
problem 422 validation-failed "what is not in the catalogue is not ordered" 'any(.errors[]; .pointer == "#/lines/0/partNumber")'
create "$clerk" /v1/parts-orders "$draft"
expect 201 "the clerk drafts an order at today's prices" '.totalAmount.amount == "5200.00" and .state == "draft"'
order=$(jq -r .id "$body")
case=/v1/parts-orders/$order
get "$elsewhere" "$case"
problem 404 not-found "another station does not see it"
act "$clerk" sign '{}'
problem 403 forbidden "who drafts does not sign"
act "$supervisor" submit '{}'
problem 409 invalid-transition "nothing goes to headquarters unsigned"
act "$supervisor" sign '{}'
in_state dealerApproved "the supervisor signs it" '.signature.amount.amount == "5200.00"'
act "$supervisor" submit '{}'
expect 200 "… and submits it" '.orderDate != null and (.state == "submitted" or .state == "onHold")'
if [ "$(jq -r .state "$body")" = submitted ]; then
  act "$finance" hold '{"reason": "应收款逾期 Overdue"}'
fi
in_state onHold "Finance holds it" '.hold.reason != null'
act "$parts" confirm '{}'
problem 409 invalid-transition "what is held is not supplied"
act "$finance" release '{"reason": "款项已到账 Paid"}'
in_state submitted "… and releases it" '.release.reason != null'

# 4. Supply
act "$parts" confirm "{\"locationId\": \"$warehouse\", \"backorders\": [{\"line\": 1, \"expectedDate\": \"2036-01-01\"}]}"
in_state confirmed "what is there is set aside, the rest back-ordered" '.lines[0].allocated == 8 and .lines[0].backordered == 2'
act "$parts" ship '{"lines": [{"line": 1, "quantity": 10}]}'
problem 409 insufficient-stock "no more is shipped than there is"
act "$parts" ship "{\"carrierId\": \"$haulier\", \"trackingNumber\": \"CT$suffix\", \"lines\": [{\"line\": 1, \"quantity\": 5}]}"
in_state partiallyShipped "a first part is shipped" '.lines[0].inTransit == 5 and .lines[0].open == 3'
get "$parts" "/v1/shipments?partsOrderId=$order"
first=$(jq -r '.items[0].id' "$body")
act "$parts" ship '{"lines": [{"line": 1, "quantity": 3}]}'
in_state partiallyShipped "… and a second" '.lines[0].shipped == 8'
get "$parts" "/v1/shipments?partsOrderId=$order&sort=-number"
second=$(jq -r '.items[0].id' "$body")
case=/v1/shipments/$first
act "$parts" dispatch '{}'
in_state inTransit "the carrier has the first"
get "$carrier" "$case"
if [ "$status" = 200 ]; then
  act "$carrier" track '{"status": "outForDelivery", "place": "沈阳 Shenyang"}'
  in_state inTransit "… tells where it is" '.tracking[-1].status == "outForDelivery"'
  act "$carrier" deliver '{"deliveredTo": "配件库 Parts store"}'
  in_state delivered "… and delivers it"
else
  act "$clerk" deliver '{"deliveredTo": "配件库 Parts store"}'
  in_state delivered "… and it is delivered"
fi
get "$carrier" "/v1/shipments/$second"
problem 404 not-found "what it was not given the carrier does not see"
get "$carrier" "/v1/parts-orders/$order"
problem 403 forbidden "… nor any order"

# 5. Receipt
case=/v1/parts-orders/$order
act "$clerk" receive "{\"shipmentId\": \"$first\", \"lines\": [{\"line\": 1, \"received\": 6}]}"
problem 422 validation-failed "no more is received than was shipped" 'any(.errors[]; .pointer == "#/lines/0/received")'
act "$clerk" receive "{\"shipmentId\": \"$first\", \"lines\": [{\"line\": 1, \"received\": 4, \"short\": 1,
  \"rejections\": [{\"kind\": \"damaged\", \"quantity\": 1}]}]}"
in_state partiallyReceived "one piece is short and one damaged" '.lines[0].short == 1 and .lines[0].rejected == 1'
act "$supervisor" cancel '{"reason": "不再等待 No longer needed"}'
expect 200 "the open rest is cancelled" '.lines[0].cancelled == 2 and .lines[0].backordered == 0'
act "$clerk" receive "{\"shipmentId\": \"$second\", \"lines\": [{\"line\": 1, \"received\": 3}]}"
in_state received "the second part arrives whole" '.lines[0].inTransit == 0'
act "$clerk" close '{}'
problem 409 guard-failed "nothing is closed while a difference is not claimed for" '.guard == "difference-unclaimed"'
act "$clerk" report-discrepancy '{"description": "外箱破损，少一件 Torn box, one missing"}'
in_state discrepancy "the differences are reported"
get "$clerk" "/v1/parts-claims?partsOrderId=$order&sort=number"
expect 200 "… each with a claim of its own" '[.items[].kind] == ["short", "damaged"]'
short=$(jq -r '.items[0].id' "$body")
damaged=$(jq -r '.items[1].id' "$body")

# 6. Claims
request POST "/v1/parts-claims/$damaged/attachments?fileName=photo.txt" "$clerk" '照片 Photo of the torn box' \
  -H "Idempotency-Key: $(key)" -H 'Content-Type: text/plain'
expect 201 "a photo is attached"
for claim in "$short" "$damaged"; do
  case=/v1/parts-claims/$claim
  act "$supervisor" submit '{}'
  in_state submitted "the supervisor submits a claim" '.claimBefore != null'
  act "$parts" review '{}'
  in_state underReview "… Parts Supply looks at it"
done
case=/v1/parts-claims/$short
act "$supervisor" approve-replenishment '{}'
problem 403 forbidden "a station does not decide on its claim"
act "$parts" approve-replenishment '{}'
in_state approvedReplenish "what is short is replaced" '.decision.replacementLine == 2'
case=/v1/parts-claims/$damaged
act "$finance" approve-compensation '{"amount": {"amount": "520.01", "currency": "CNY"}}'
problem 422 validation-failed "nobody gets more than the piece cost" 'any(.errors[]; .pointer == "#/amount")'
act "$finance" approve-compensation '{"returnsParts": true}'
in_state approvedCompensate "what is damaged is compensated" '.decision.amount.amount == "520.00"'
case=/v1/parts-claims/$short
act "$supervisor" settle '{}'
problem 409 guard-failed "a replacement is settled when it is there" '.guard == "replacement-missing"'
stock 1
case=/v1/parts-orders/$order
act "$parts" confirm '{}'
expect 200 "the replacement is set aside" '.lines[1].allocated == 1 and .lines[1].replaces == 1'
act "$parts" ship '{"lines": [{"line": 2, "quantity": 1}]}'
expect 200 "… and shipped, free of charge" '.totalAmount.amount == "5200.00"'
get "$parts" "/v1/shipments?partsOrderId=$order&sort=-number"
third=$(jq -r '.items[0].id' "$body")
act "$clerk" receive "{\"shipmentId\": \"$third\", \"lines\": [{\"line\": 2, \"received\": 1}]}"
in_state received "it arrives"
for claim in "$short" "$damaged"; do
  case=/v1/parts-claims/$claim
  act "$supervisor" settle '{}'
  in_state settled "a claim is settled"
done
case=/v1/parts-orders/$order
act "$clerk" close '{}'
problem 409 claims-pending "the order waits for its claims"
case=/v1/parts-claims/$damaged
act "$parts" recover '{"party": "carrier", "reason": "运输破损 Broken on the way"}'
in_state recovering "the carrier is asked to pay" '.recovery.amount.amount == "520.00"'
for claim in "$short" "$damaged"; do
  case=/v1/parts-claims/$claim
  act "$parts" close '{}'
  in_state closed "a claim is closed"
done
get "$clerk" "/v1/parts-orders/$order"
expect 200 "… and with the last one the order" '.state == "closed"'
expect 200 "every piece is accounted for" 'all(.lines[];
  .quantity == .open + .backordered + .shipped + .cancelled and .shipped == .inTransit + .received + .short)'

# 7. What is told of it
day=$(TZ=Asia/Shanghai date +%F)
after=$(TZ=Asia/Shanghai date -d '+1 day' +%F)
get "$parts" "/v1/reports/parts-supply?dateFrom=$day&dateBefore=$after"
expect 200 "supply and fill rate are reported" 'any(.rows[]; .confirmed >= 10 and .filled >= 8)'
get "$supervisor" "/v1/reports/parts-monthly?dateFrom=$day&dateBefore=$after"
expect 200 "… and what came into the store" "any(.rows[]; .partNumber == \"CT-$suffix\" and .closing == 7 and .short == 1)"
get "$clerk" "/v1/parts-orders/$order/history?limit=100"
expect 200 "the whole way stands in the history" '[.items[].type] | (index("partsOrder.held") != null) and .[-1] == "partsOrder.closed"'

finish
