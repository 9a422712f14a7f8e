#!/usr/bin/env bash
# A repair against a running server with the demo data, as README.md tells it (readme.sh runs README itself), with what must be
# refused on the way: reception, an additional item asked and approved, an inspection that fails and one that passes,
# settlement, delivery.
#
#   B          the server (default AFTERSALES_URL, then http://127.0.0.1:8080)
#   PASSWORD   of the demo users (default demo-password)
#   TOKEN      optional: reads the history at the end instead of the adviser's own token
#
# Prints one line "ok …" or "not ok …" a check and at last "N passed, N failed"; exit status 1 if any failed.
set -uo pipefail

# shellcheck source=Tests/contract/http.sh
. "$(dirname "${BASH_SOURCE[0]}")/http.sh"

version() {
  get "$1" "/v1/work-orders/$order"
  jq -r '.version // 0' "$body"
}

act() { # TOKEN ACTION BODY
  local current
  current=$(version "$1")
  request POST "/v1/work-orders/$order/$2" "$1" "$3" -H "Idempotency-Key: $(key)" -H "If-Match: \"$current\"" \
    -H 'Content-Type: application/json'
}

edit() { # TOKEN LINE BODY
  local current
  current=$(version "$1")
  request PATCH "/v1/work-orders/$order/lines/$2" "$1" "$3" -H "If-Match: \"$current\"" \
    -H 'Content-Type: application/merge-patch+json'
}

in_state() { expect 200 "$2" ".state == \"$1\""; }

# 1. Who works
login st-adviser && adviser=$token
login st-workshop-supervisor && supervisor=$token
login st-technician && technician=$token
login st-inspector && inspector=$token
login st-cashier && cashier=$token
[ "$failed" = 0 ] || finish
get "$technician" /v1/me
expect 200 "the technician is who he is" '.id != null and .mustChangePassword == false'
technician_id=$(jq -r .id "$body")

# 2. A customer who comes again
get "$adviser" '/v1/work-orders?state=delivered&limit=1'
expect 200 "the station has a delivered order" '.items | length == 1'
get "$adviser" '/v1/customers?sort=createdAt&limit=1'
expect 200 "the station has a customer" '.items | length == 1'
customer=$(jq -r '.items[0].id' "$body")
get "$adviser" "/v1/customers/$customer/vehicles"
expect 200 "he has a vehicle" '.items | length > 0'
vehicle=$(jq -r '.items[0].vehicleId' "$body")
get "$adviser" "/v1/vehicles/$vehicle"
expect 200 "its vehicle is known" '.vin | length == 17'
km=$(jq -r '(.odometerKm // 0) + 10' "$body")

# 3. Reception
draft=$(jq -n --arg customer "$customer" --arg vehicle "$vehicle" '{customerId: $customer, vehicleId: $vehicle,
  serviceType: "repair", summary: "制动有异响 Brakes squeal",
  lines: [{description: "更换前制动片 Front brake pads", labourOperationCode: "BRK-001", concern: "Brakes squeal",
    parts: [{partNumber: "P-BRK-F", description: "前制动片 Front brake pads", quantity: 1,
      unitPrice: {amount: "320.00", currency: "CNY"}}]}]}')
request POST /v1/work-orders "$adviser" "$draft" -H 'Content-Type: application/json'
expect 400 "without an Idempotency-Key nothing is made"
again=$(key)
request POST /v1/work-orders "$adviser" "$draft" -H "Idempotency-Key: $again" -H 'Content-Type: application/json'
expect 201 "reception opens an order" '.state == "received" and .version == 1'
order=$(jq -r .id "$body")
[ "$status" = 201 ] || finish
request POST /v1/work-orders "$adviser" "$draft" -H "Idempotency-Key: $again" -H 'Content-Type: application/json'
expect 201 "the same request again is the same order" ".id == \"$order\""

# 4. and 5. Check-in, diagnosis, estimate
request POST "/v1/work-orders/$order/inspect" "$adviser" '{"odometerKm": 1, "confirmedBy": "x"}' \
  -H "Idempotency-Key: $(key)" -H 'Content-Type: application/json'
expect 428 "without If-Match nothing is changed"
act "$adviser" inspect '{"odometerKm": 0, "confirmedBy": "Customer"}'
expect 409 "an odometer does not run backwards" '.type | endswith("odometer-fell")'
act "$adviser" inspect "$(jq -n --argjson km "$km" '{odometerKm: $km, fuelPercent: 40, confirmedBy: "Customer",
  belongings: ["雨伞 Umbrella"], exterior: [{position: "Rear left door", condition: "Light scratch"}]}')"
expect 200 "the vehicle is checked in" '.state == "inspected" and (.checkIn.lastOrders | length > 0)'
act "$adviser" settle '{"payments": []}'
expect 409 "nothing is settled before the work" '.type | endswith("invalid-transition")'
act "$adviser" diagnose '{"finding": "制动片磨损至极限 Pads worn to the limit"}'
in_state diagnosed "the fault is found"
act "$adviser" quote "$(jq -n --arg at "$(date -u -d '+8 hours' +%Y-%m-%dT%H:%M:%SZ)" '{promisedDeliveryAt: $at}')"
expect 200 "an estimate is made" '.state == "quoted" and .estimate.revision == 1 and .estimate.total.amount == "500.00"'
hash=$(jq -r .estimate.hash "$body")

# 6. and 7. The customer agrees, the workshop takes over
decision() { jq -n --arg hash "$1" '{estimateHash: $hash, decidedBy: "Customer", channel: "signature"}'; }
act "$adviser" authorise "$(decision "$(printf '0%.0s' {1..64})")"
expect 409 "another estimate cannot be agreed to" '.type | endswith("estimate-superseded")'
act "$adviser" authorise "$(decision "$hash")"
in_state authorised "the customer agrees"
act "$adviser" admit '{"keysHandedOver": true, "washed": true}'
in_state inWorkshop "the workshop has the vehicle"
act "$adviser" assign "{\"assignments\": [{\"technicianId\": \"$technician_id\"}]}"
expect 403 "an adviser does not assign work" '.required == "workOrders:assign"'
act "$supervisor" assign "{\"assignments\": [{\"technicianId\": \"$technician_id\"}]}"
in_state inRepair "the work has a technician"
create "$technician" "/v1/work-orders/$order/lines/1/clock-on" '{}'
expect 200 "he clocks on" '.clockings | length == 1'
create "$technician" "/v1/work-orders/$order/lines/1/clock-off" '{}'
expect 200 "he clocks off" '.clockings[0].stoppedAt != null'

# 8. and 9. An additional item
create "$technician" "/v1/work-orders/$order/lines" '{"description": "更换发电机 Alternator", "labourOperationCode": "ENG-003",
  "concern": "Charge light", "parts": [{"partNumber": "P-ALT-90A", "description": "发电机 Alternator", "quantity": 1,
  "unitPrice": {"amount": "1280.00", "currency": "CNY"}}], "split": {"warranty": {"amount": "1550.00", "currency": "CNY"}}}'
expect 201 "something else is found" '.number == 2 and .additional and .decision == "open" and .amount.amount == "1550.00"'
act "$technician" finish '{}'
expect 409 "an open item holds up the end" '.type | endswith("guard-failed") or endswith("invalid-transition")'
act "$technician" request-approval '{"reason": "发电机不充电 The alternator does not charge"}'
expect 200 "the customer is asked" '.state == "awaitingCustomerApproval" and .estimate.revision == 2'
hash=$(jq -r .estimate.hash "$body")
act "$adviser" decide-items "$(decision "$hash" | jq '. + {channel: "phone", decisions: [{line: 2, decision: "approved"}]}')"
in_state inRepair "the customer approves"

# 10. to 12. Done, inspected, done again
edit "$technician" 1 '{"cause": "Pads worn", "correction": "已更换 Replaced"}'
expect 200 "line 1 says what was done" '.correction != null'
edit "$technician" 2 '{"cause": "Regulator failed", "correction": "已更换 Replaced", "faultCode": "ELE-CHG-01"}'
expect 200 "line 2 says what was done" '.correction != null'
act "$technician" finish '{}'
in_state qualityCheck "the technician is done"
act "$technician" pass-inspection '{}'
expect 403 "a technician does not inspect"
act "$inspector" fail-inspection '{"findings": "螺栓扭矩不足 Bolt torque too low"}'
expect 200 "the inspector refuses the work" '.state == "inRepair" and .failedInspections == 1'
act "$technician" finish '{"note": "Torque corrected"}'
in_state qualityCheck "the technician is done again"
act "$inspector" pass-inspection '{"findings": "路试合格 Road test passed"}'
in_state ready "the inspector passes the work"
get "$inspector" "/v1/work-orders/$order/inspections"
expect 200 "both inspections are on record" '[.items[].passed] | sort == [false, true]'

# 13. to 15. Hand-over
act "$adviser" notify '{"channel": "phone", "vehicleChecked": true, "belongingsChecked": true}'
in_state notified "the customer is told"
act "$adviser" accept '{"acceptedBy": "Customer", "workExplained": true}'
in_state accepted "the customer accepts the work"
get "$cashier" "/v1/work-orders/$order/lines"
expect 200 "warranty pays its line" '.totals.warranty.amount == "1550.00" and .totals.customer.amount == "500.00"'
due=$(jq -c .totals.customer "$body")
act "$cashier" settle '{"payments": [{"method": "cash", "amount": {"amount": "1.00", "currency": "CNY"}}]}'
expect 422 "too little money does not settle" '.errors[0].pointer == "#/payments"'
act "$adviser" deliver '{}'
expect 409 "nothing leaves before it is settled" '.type | endswith("invalid-transition")'
act "$cashier" settle "{\"payments\": [{\"method\": \"weChatPay\", \"amount\": $due}]}"
expect 200 "the cashier settles" '.state == "settled" and .invoiceNumber != null'
act "$adviser" deliver '{"gatePass": "GP-1"}'
expect 200 "the customer drives away" '.state == "delivered" and .deliveredAt != null'
get "$cashier" "/v1/work-orders/$order/invoice"
expect 200 "there is an invoice" '.total.amount == "2050.00" and .split.customer.amount == "500.00"'
get "${TOKEN:-$adviser}" "/v1/work-orders/$order/history?limit=100"
# shellcheck disable=SC2016 # variables of jq
expect 200 "the history has every step" \
  '[.items[].type] as $types | all("received", "quoted", "authorised", "itemsDecided", "inspectionFailed", "inspectionPassed",
    "settled", "delivered"; ("workOrder." + .) as $type | $types | index([$type]) != null)'
finish
