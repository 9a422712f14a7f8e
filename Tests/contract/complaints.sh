#!/usr/bin/env bash
# Complaints to their end against a running server with the demo data, by the people of SM-4, with what must be refused on the
# way: a general one with a duplicate, a solution, a customer who is not satisfied and reopening within its bound; a major one
# with its team, agreement, compensation and the vehicle taken back; a follow-up call on which somebody complains.
#
#   B          the server (default AFTERSALES_URL, then http://127.0.0.1:8080)
#   PASSWORD   of the demo users (default demo-password)
#
# Prints one line "ok …" or "not ok …" a check and at last "N passed, N failed"; exit status 1 if any failed.
set -uo pipefail

# shellcheck source=Tests/contract/http.sh
. "$(dirname "${BASH_SOURCE[0]}")/http.sh"

# seen TOKEN SENTENCE: whether the case is seen.
seen() {
  get "$1" "$case"
  expect 200 "$2" ".id == \"${case##*/}\""
}

promise() { date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ; }

vin() { tr -dc 'A-HJ-NPR-Z0-9' </dev/urandom | head -c 17; }

# solve SENTENCE: from investigating to resolved, the customer taking the only way.
solve() {
  act "$manager" propose-solution "$(jq -n --arg at "$(promise '+2 days')" '{options: ["免费返工 Done again free of charge"],
    promisedResolutionAt: $at, toldBy: "phone"}')"
  act "$crm" accept-solution '{"channel": "phone"}'
  act "$manager" resolve '{"summary": "已返工 Done again"}'
  in_state resolved "$1"
}

# 1. Who works
login call-centre && centre=$token
login st-adviser && adviser=$token
login st-service-manager && manager=$token
login st-crm && crm=$token
login dl001-adviser && elsewhere=$token
login hq-service && after_sales=$token
login qa && quality=$token
login legal && legal=$token
login pr && relations=$token
login finance && finance=$token
login logistics && logistics=$token
login tj001-workshop-supervisor && expert=$token
[ "$failed" = 0 ] || finish

# A customer with a vehicle
get "$adviser" '/v1/customers?sort=createdAt&limit=1'
customer=$(jq -r '.items[0].id' "$body")
get "$adviser" "/v1/customers/$customer"
expect 200 "the station has a customer" '.stationId != null'
station=$(jq -r .stationId "$body")
get "$adviser" "/v1/customers/$customer/vehicles"
vehicle=$(jq -r '.items[0].vehicleId' "$body")

# ------------------------------------------------------------------------------------------------ A general complaint

# 2. Reception, in the customer's own words
vin=$(vin)
reference=$(key)
words='刚修好的刹车第二天又响了 "Repaired", you said — and it squeals again'
draft=$(jq -n --arg station "$station" --arg customer "$customer" --arg vin "$vin" --arg words "$words" \
  --arg reference "$reference" '{channel: "hotline", contact: {name: "王小明", phone: "13812345678"},
    stationId: $station, customerId: $customer, category: "repairQuality", customerWords: $words, vin: $vin,
    symptom: "制动异响 Squealing brakes", component: "制动系统 Brakes",
    compensationDemand: {amount: "500.00", currency: "CNY"}, externalIds: {crm: $reference}}')
request POST /v1/complaints "$centre" "$draft" -H 'Content-Type: application/json'
expect 400 "without an Idempotency-Key no complaint is made"
create "$centre" /v1/complaints "$(jq 'del(.customerWords)' <<<"$draft")"
invalid '#/customerWords' "without the customer's words there is no complaint"
again=$(key)
request POST /v1/complaints "$centre" "$draft" -H "Idempotency-Key: $again" -H 'Content-Type: application/json'
expect 201 "the hotline records a complaint" '.state == "received" and .kind == "general" and .duplicateCandidateIds == []'
[ "$status" = 201 ] || finish
first=$(jq -r .id "$body")
case=/v1/complaints/$first
check "… in the customer's own words" "$([ "$(jq -r .customerWords "$body")" = "$words" ] && echo true)"
request POST /v1/complaints "$centre" "$draft" -H "Idempotency-Key: $again" -H 'Content-Type: application/json'
expect 201 "the same request again is the same complaint" ".id == \"$first\""
hidden "$elsewhere" "$case" "another station does not see it"
get "$elsewhere" '/v1/complaints?limit=100'
expect 200 "… nor in its list" "all(.items[]; .id != \"$first\")"
get "$expert" "$case"
problem 403 forbidden "who has nothing to do with complaints reads none"

# 3. The same again, told at the desk: offered as a duplicate, merged with its deadline
create "$crm" /v1/service-requests "$(jq -n --arg vin "$vin" '{kind: "complaint", medium: "counter",
  contact: {name: "王小明", phone: "13812345678"}, vin: $vin, need: "刹车还是响 The brakes still squeal",
  symptom: "制动异响 Squealing brakes"}')"
expect 201 "the customer comes to the desk as well" '.state != null'
asked=$(jq -r .id "$body")
case=/v1/service-requests/$asked
get "$crm" "$case/clocks"
expect 200 "his request has a deadline" '[.items[] | select(.state == "running")] | length > 0'
waiting=$(jq -r '[.items[] | select(.state == "running")][0].kind' "$body")
act "$crm" convert '{"target": "complaint", "reason": "客户投诉 He complains"}'
expect 200 "the request becomes a complaint" '.state == "converted" and .conversion.complaintId != null'
second=$(jq -r .conversion.complaintId "$body")
get "$crm" "/v1/complaints/$second"
expect 200 "which is offered as a duplicate" ".duplicateCandidateIds == [\"$first\"] and .serviceRequestId == \"$asked\""
get "$crm" "/v1/complaints/$second/duplicates"
expect 200 "… because vehicle and symptom are the same" \
  ".items | length == 1 and .[0].id == \"$first\" and .[0].matches == [\"vin\", \"symptom\"]"
case=/v1/complaints/$second
act "$crm" merge "$(jq -n --arg id "$first" '{complaintId: $id, reason: "同一故障 The same fault"}')"
problem 403 forbidden "a clerk of the station does not merge" '.required == "complaints:merge"'
act "$centre" merge "$(jq -n --arg id "$second" '{complaintId: $id, reason: "同一故障 The same fault"}')"
invalid '#/complaintId' "nothing is merged into itself"
act "$centre" merge "$(jq -n --arg id "$first" '{complaintId: $id, reason: "同一故障 The same fault"}')"
expect 200 "the two become one" ".state == \"merged\" and .mergedIntoId == \"$first\""
act "$centre" assign '{"department": "workshop"}'
problem 409 invalid-transition "what was merged goes on in the other"
case=/v1/complaints/$first
get "$centre" "$case"
expect 200 "which names it" ".mergedComplaintIds == [\"$second\"]"
get "$centre" "$case/clocks"
expect 200 "… and has its deadline" "any(.items[]; .kind == \"$waiting\" and .state == \"running\")"

# 4. Assigned and looked into
act "$adviser" assign '{"department": "workshop"}'
problem 403 forbidden "an adviser does not assign" '.required == "complaints:assign"'
act "$centre" close '{"satisfied": true, "rating": 5, "conclusion": "x"}'
problem 409 invalid-transition "nothing is closed before it is solved"
request POST "$case/assign" "$centre" '{"department": "workshop"}' -H "Idempotency-Key: $(key)" \
  -H 'Content-Type: application/json'
expect 428 "without If-Match nothing is changed"
request POST "$case/assign" "$centre" '{"department": "workshop"}' -H "Idempotency-Key: $(key)" -H 'If-Match: "1"' \
  -H 'Content-Type: application/json'
expect 412 "a version that is gone changes nothing"
act "$centre" assign '{"department": "workshop", "handler": "张演示 Zhang Yanshi"}'
expect 200 "the centre assigns it" '.state == "assigned" and .assignment.department == "workshop"'
get "$centre" "$case/clocks"
expect 200 "… in time for what waited for it" "any(.items[]; .kind == \"$waiting\" and .state == \"met\")"
act "$manager" propose-solution "$(jq -n --arg at "$(promise '+2 days')" '{options: ["x"], promisedResolutionAt: $at}')"
problem 409 invalid-transition "no solution before the investigation"
act "$manager" investigate '{"findings": "制动片安装不到位 Pads not seated"}'
in_state investigating "the manager looks into it"

# 5. A solution with its promised time, and the customer's choice
act "$manager" propose-solution '{"options": ["免费返工 Done again free of charge"]}'
invalid '#/promisedResolutionAt' "a solution without a promised time is none"
act "$manager" propose-solution "$(jq -n --arg at "$(promise '-1 hour')" '{options: ["x"], promisedResolutionAt: $at}')"
invalid '#/promisedResolutionAt' "… nor is one that is promised for yesterday"
act "$manager" propose-solution "$(jq -n --arg at "$(promise '+2 days')" '{promisedResolutionAt: $at, toldBy: "phone",
  options: ["免费返工 Done again free of charge", "退还工时费 Labour refunded"]}')"
expect 200 "two ways are offered, with a promised time" \
  '.state == "solutionProposed" and .promisedResolutionAt != null and (.solutions[0].options | length == 2)'
get "$manager" "$case/clocks"
expect 200 "… which is a deadline" 'any(.items[]; .kind == "promisedResolution" and .state == "running")'
act "$manager" resolve '{"summary": "x"}'
problem 409 invalid-transition "nothing is resolved before the customer agrees"
act "$crm" accept-solution '{"channel": "phone"}'
invalid '#/option' "the customer chooses among them"
act "$crm" accept-solution '{"channel": "phone", "option": 3}'
invalid '#/option' "… what was offered"
act "$crm" refuse-solution '{"channel": "phone", "reason": "要退钱 He wants money back"}'
expect 200 "he refuses both" '.state == "investigating" and .refusals == 1'
act "$manager" propose-solution "$(jq -n --arg at "$(promise '+1 day')" '{promisedResolutionAt: $at, toldBy: "phone",
  options: ["免费返工 Done again free of charge", "退还工时费并返工 Labour refunded and done again"]}')"
in_state solutionProposed "something else is offered"
act "$crm" accept-solution '{"channel": "phone", "option": 2}'
expect 200 "he chooses the second" '.state == "inExecution" and .solutions[1].decision.option == 2'
act "$manager" resolve '{"summary": "已返工并退费 Done again, refunded"}'
problem 409 guard-failed "nothing is resolved while the cause is unknown" '.guard == "cause-unknown"'
act "$manager" resolve '{"summary": "已返工并退费 Done again, refunded", "cause": "faultyWorkmanship"}'
in_state resolved "the manager resolves it"
get "$manager" "$case/clocks"
expect 200 "the promise is kept" 'any(.items[]; .kind == "promisedResolution" and .state == "met" and (.late | not))'

# 6. The satisfaction call, and reopening within its bound
act "$manager" close '{}'
invalid '#/satisfied' "nothing is closed without the call"
act "$centre" close '{"satisfied": true, "rating": 5}'
invalid '#/conclusion' "… nor without a write-up"
act "$centre" close '{"satisfied": false, "rating": 2}'
invalid '#/comment' "… nor without what he is not satisfied with"
act "$centre" close '{"satisfied": false, "rating": 2, "comment": "还是响 It still squeals"}'
expect 200 "he is not satisfied: it goes on" '.state == "investigating" and .reopenings == 1'
solve "done again"
act "$centre" close '{"satisfied": true, "rating": 5, "conclusion": "返修到位，客户满意 Done, satisfied"}'
expect 200 "he is satisfied: closed" '.state == "closed" and .closedAt != null and .satisfactionCall.rating == 5'
request PATCH "$case" "$centre" '{"component": "x"}' -H "If-Match: \"$(version "$centre")\"" \
  -H 'Content-Type: application/merge-patch+json'
problem 409 complaint-ended "nothing changes in what is closed"
act "$crm" reopen '{"reason": "异响再次出现 It is back"}'
expect 200 "it is reopened once more" '.state == "investigating" and .reopenings == 2'
solve "done for the last time"
act "$crm" reopen '{"reason": "又来了 Again"}'
problem 409 guard-failed "and no more than the policy allows" '.guard == "reopenings-exhausted"'
act "$centre" close '{"satisfied": true, "rating": 4, "conclusion": "客户满意，归档 Satisfied, archived"}'
in_state closed "closed and archived"
get "$centre" "$case/history?limit=100"
# shellcheck disable=SC2016 # variables of jq
expect 200 "the history has every step" \
  '[.items[].type] as $types | all("received", "tookOver", "assigned", "investigating", "solutionProposed", "solutionRefused",
    "solutionAccepted", "resolved", "reopened", "closed"; ("complaint." + .) as $type | $types | index([$type]) != null)'
get "$adviser" "/v1/customers/$customer/history?limit=100&sort=-position"
expect 200 "it stands in the customer's file" \
  "any(.items[]; .type == \"customer.complaintClosed\" and .data.complaintId == \"$first\")"
get "$centre" "/v1/complaints?externalId=crm:$reference"
expect 200 "the other system finds it under its own identity" ".items | length == 1 and .[0].id == \"$first\""

# -------------------------------------------------------------------------------------------------- A major complaint

# 7. Reported with a phone call, confirmed by After-Sales
create "$adviser" /v1/complaints "$(jq -n --arg customer "$customer" --arg vehicle "$vehicle" '{channel: "station",
  contact: {name: "王小明", phone: "13812345678"}, customerId: $customer, vehicleId: $vehicle, category: "vehicleQuality",
  customerWords: "行驶中刹车失灵，撞上护栏 The brakes failed, I hit the rail", symptom: "制动失灵 No brakes",
  facts: {crash: true, injured: 1}, compensationDemand: {amount: "80000.00", currency: "CNY"}}')"
expect 201 "the station records an accident" '.state == "received" and .facts.crash and .facts.injured == 1'
[ "$status" = 201 ] || finish
major=$(jq -r .id "$body")
case=/v1/complaints/$major
hidden "$legal" "$case" "legal counsel is in no team yet"
act "$adviser" report-major '{"judgement": "制动失灵 No brakes"}'
invalid '#/phoneCall' "a major report without a phone call is none"
act "$adviser" report-major '{"judgement": "制动失灵 No brakes", "phoneCall": {"spokenWith": "孙演示 Sun Yanshi"}}'
expect 200 "reported, and told by phone" '.state == "majorReported" and .kind == "major"'
act "$manager" confirm-major '{}'
problem 403 forbidden "a station confirms nothing" '.required == "complaints:confirmMajor"'
act "$after_sales" confirm-major '{"note": "有人员受伤 Somebody is hurt"}'
expect 200 "After-Sales confirms it at the level of the facts" '.state == "majorConfirmed" and .level == "level1"'
act "$after_sales" confirm-major '{}'
problem 409 invalid-transition "once"
act "$manager" close-unjustified '{"explanation": "x", "channel": "phone"}'
problem 409 invalid-transition "a major case is not simply closed"
get "$after_sales" "$case/history?limit=100"
expect 200 "a quality issue is proposed" 'any(.items[]; .type == "qualityIssue.proposed")'
get "$after_sales" "$case/clocks"
expect 200 "report and team have their deadlines" \
  '[.items[] | select(.state == "running") | .kind] | contains(["majorReport", "majorTeamOnSite"])'
act "$after_sales" report-major '{"recipients": ["qa"]}'
invalid '#/recipients' "the leaders are told, too"
act "$after_sales" report-major '{"recipients": ["qa", "hqServiceHead"]}'
expect 200 "the report is out" '.majorReport.recipients == ["qa", "hqServiceHead"] and .majorReport.sentAt != null'

# 8. The team, authorised for this case alone
act "$after_sales" arrive-on-site '{}'
problem 409 invalid-transition "nobody arrives before there is a team"
members='[]'
join() { # TOKEN ROLE
  get "$1" /v1/me
  members=$(jq -c --arg id "$(jq -r .id "$body")" --arg role "$2" '. + [{userId: $id, role: $role}]' <<<"$members")
}
join "$quality" qa
join "$relations" pr
join "$finance" finance
act "$after_sales" form-team "$(jq -n --argjson members "$members" '{members: $members}')"
invalid '#/reason' "a level 1 team without legal counsel needs a reason"
join "$legal" legal
join "$logistics" logistics
join "$expert" stWorkshopSupervisor
act "$after_sales" form-team "$(jq -n --argjson members "$members" '{members: $members}')"
expect 200 "the team is formed" '.state == "teamFormed" and (.team.members | length == 6)'
seen "$legal" "legal counsel sees the case"
seen "$expert" "so does a supervisor of another station, who sees no complaint otherwise"
check "… without who complained" "$(is '.personalDataMasked and .contact.name != "王小明"')"
get "$expert" '/v1/complaints?limit=100'
expect 200 "… this one" ".items | length == 1 and .[0].id == \"$major\""
hidden "$expert" "/v1/complaints/$first" "… and no other"
hidden "$expert" "/v1/customers/$customer" "… nor the customer's file"
get "$legal" '/v1/complaints?limit=100'
expect 200 "legal counsel sees the cases of his teams" "any(.items[]; .id == \"$major\") and all(.items[]; .id != \"$first\")"
create "$expert" "$case/notes" '{"text": "同型号见过一次 Seen once before"}'
expect 201 "he writes a note on it" '.text != null'
act "$expert" appraise '{"findings": "x", "cause": "materialDefect", "liability": [{"party": "maker", "percent": 100}]}'
problem 403 forbidden "he does what his own role does, not more"
act "$after_sales" form-team "$(jq -n --argjson members "$(jq -c '.[:5]' <<<"$members")" '{members: $members}')"
expect 200 "the team goes on without him" '.team.members | length == 5'
get "$expert" "$case"
expect 403 "he sees it no longer"
get "$after_sales" "$case/team"
expect 200 "that he was there stays on record" \
  '[.items[] | select(.leftAt != null) | .role] == ["stWorkshopSupervisor"] and ([.items[] | select(.leftAt == null)] | length == 5)'

# 9. On site on the same day, appraisal
act "$quality" arrive-on-site '{"place": "沈阳市大东区 Dadong"}'
in_state onSite "QA is on site"
get "$after_sales" "$case/clocks"
expect 200 "… in time, as the report was" \
  '[.items[] | select(.state == "met" and (.late | not)) | .kind] | contains(["majorReport", "majorTeamOnSite"])'
act "$quality" appraise '{"findings": "密封圈缺陷 Seal", "cause": "materialDefect",
  "liability": [{"party": "maker", "percent": 80}, {"party": "supplier", "percent": 10}]}'
invalid '#/liability' "the shares add up to 100"
act "$quality" appraise '{"findings": "制动主缸密封圈材料缺陷 Seal of the master cylinder", "cause": "materialDefect",
  "liability": [{"party": "maker", "percent": 80}, {"party": "supplier", "percent": 20}]}'
expect 200 "QA appraises who is liable" '.state == "appraised" and .cause == "materialDefect"'

# 10. Negotiation, and an agreement that both sides sign
agreement() { # COMPENSATION
  jq -n --arg amount "$1" '{terms: "更换制动主缸，补偿，收回车辆 Repaired, compensated, vehicle taken back",
    repair: "更换制动主缸 Brake master cylinder", compensation: {amount: $amount, currency: "CNY"}, takesVehicleBack: true}'
}
change PUT "$legal" agreement "$(agreement 30000.00)"
problem 409 agreement-not-editable "an agreement is written while it is negotiated"
act "$relations" negotiate '{"summary": "客户要求退车 He wants to give it back",
  "demand": {"amount": "80000.00", "currency": "CNY"}, "offer": {"amount": "30000.00", "currency": "CNY"}}'
expect 200 "they talk" '.state == "negotiating" and (.negotiations | length == 1)'
act "$after_sales" sign-agreement "{\"side\": \"company\", \"hash\": \"$(printf '0%.0s' {1..64})\"}"
problem 409 guard-failed "what is not written is not signed" '.guard == "no-agreement"'
change PUT "$legal" agreement "$(agreement 30000.00)"
expect 200 "legal counsel writes it down" '.agreement.revision == 1 and (.agreement.hash | length == 64)'
old=$(jq -r .agreement.hash "$body")
sign() { # SIDE HASH
  local name='{}'
  [ "$1" = company ] || name='{"name": "王小明"}'
  act "$after_sales" sign-agreement "$(jq -n --arg side "$1" --arg hash "$2" --argjson name "$name" \
    '{side: $side, hash: $hash} + $name')"
}
act "$after_sales" sign-agreement "{\"side\": \"customer\", \"hash\": \"$old\"}"
invalid '#/name' "somebody signs for the customer"
sign customer "$old"
expect 200 "the customer signs; one signature is not enough" '.state == "negotiating" and (.agreement.signatures | length == 1)'
sign customer "$old"
problem 409 agreement-signed "once"
sign company "$old"
expect 200 "the company signs: effective" '.state == "agreementEffective" and (.agreement.signatures | length == 2)'
change PUT "$legal" agreement "$(agreement 30000.00)"
expect 200 "the same words again change nothing" \
  '.state == "agreementEffective" and .agreement.revision == 1 and (.agreement.signatures | length == 2)'
change PUT "$legal" agreement "$(agreement 35000.00)"
expect 200 "an edit voids both signatures" \
  '.state == "negotiating" and .agreement.revision == 2 and .agreement.signatures == []'
hash=$(jq -r .agreement.hash "$body")
check "… and has another hash" "$([ "$hash" != "$old" ] && echo true)"
sign customer "$old"
problem 409 agreement-changed "the old words cannot be signed any more"
act "$after_sales" execute '{}'
problem 409 invalid-transition "what is not signed is not carried out"
sign company "$hash"
sign customer "$hash"
expect 200 "both sign the new ones" \
  ".state == \"agreementEffective\" and [.agreement.signatures[].side] == [\"company\", \"customer\"]
    and all(.agreement.signatures[]; .hash == \"$hash\")"

# 11. Carried out: repair, payment, vehicle
act "$after_sales" execute '{}'
invalid '#/workOrderId' "a repair that was agreed on has an order"
create "$adviser" /v1/work-orders "$(jq -n --arg customer "$customer" --arg vehicle "$vehicle" '{customerId: $customer,
  vehicleId: $vehicle, serviceType: "repair", summary: "更换制动主缸 Brake master cylinder"}')"
expect 201 "the station opens it" '.state == "received"'
order=$(jq -r .id "$body")
act "$after_sales" execute "{\"workOrderId\": \"$order\"}"
expect 200 "it is carried out" ".state == \"inExecution\" and .repairOrderId == \"$order\""
compensate() { # AMOUNT
  act "$after_sales" compensations "$(jq -n --arg amount "$1" '{purpose: "医疗费 Hospital",
    amount: {amount: $amount, currency: "CNY"}}')"
}
compensate 35000.01
invalid '#/amount' "no more is granted than was agreed"
compensate 35000.00
expect 200 "the compensation is granted" '.state == "inExecution"'
get "$finance" "$case/compensations"
expect 200 "Finance sees it" '.items | length == 1 and .[0].paidAt == null'
compensation=$(jq -r '.items[0].id' "$body")
act "$after_sales" "compensations/$compensation/pay" '{"reference": "FK-1"}'
problem 403 separation-of-duties "who granted it does not pay it"
act "$after_sales" resolve '{"summary": "x"}'
problem 409 guard-failed "nothing is resolved before it is paid" '.guard == "agreement-not-executed"'
act "$finance" "compensations/$compensation/pay" '{"reference": "FK-1"}'
expect 200 "Finance pays" '.state == "inExecution"'
act "$finance" "compensations/$compensation/pay" '{"reference": "FK-1"}'
problem 409 compensation-paid "once"
act "$logistics" vehicle-returns "$(jq -n --arg vehicle "$vehicle" '{vehicleId: $vehicle, transportNote: "YS-1",
  carrier: "示例物流 Example Logistics"}')"
expect 200 "Logistics collects the vehicle" '.state == "inExecution"'
act "$after_sales" resolve '{"summary": "x"}'
problem 409 guard-failed "… which is on its way" '.guard == "agreement-not-executed"'
get "$logistics" "$case/vehicle-returns"
expect 200 "the transport is on record" '.items | length == 1 and .[0].transportNote == "YS-1" and .[0].storage == null'
returned=$(jq -r '.items[0].id' "$body")
act "$logistics" "vehicle-returns/$returned/store" '{"place": "总部二号库 Store 2", "condition": "前部变形 Front bent"}'
expect 200 "and stores it" '.state == "inExecution"'
get "$logistics" "$case/vehicle-returns"
expect 200 "with where and how it is" '.items[0].storage.place == "总部二号库 Store 2" and .items[0].storage.condition != null'

# 12. The end
act "$after_sales" resolve '{"summary": "协议已执行 Carried out"}'
in_state resolved "resolved"
act "$centre" close '{"satisfied": true, "rating": 4, "conclusion": "协议履行完毕，归档 Carried out, archived"}'
expect 200 "the customer is called and satisfied: closed" '.state == "closed" and .team == null'
hidden "$legal" "$case" "the team is dissolved: legal counsel sees the case no longer"
get "$after_sales" "$case/team"
expect 200 "who was in it stays on record" '.items | length == 6 and all(.[]; .leftAt != null)'
get "$after_sales" "$case/history?limit=100"
# shellcheck disable=SC2016 # variables of jq
expect 200 "the history has every step" \
  '[.items[].type] as $types | all("majorReported", "majorConfirmed", "majorReportSent", "teamFormed", "teamChanged",
    "teamOnSite", "appraised", "negotiated", "agreementWritten", "agreementSigned", "agreementEffective", "executionStarted",
    "compensationGranted", "compensationPaid", "vehicleCollected", "vehicleStored", "resolved", "closed";
    ("complaint." + .) as $type | $types | index([$type]) != null)'
get "$adviser" "/v1/customers/$customer/history?limit=100&sort=-position"
expect 200 "the customer's file tells of both" "any(.items[]; .type == \"customer.majorComplaint\" and
  .data.complaintId == \"$major\") and any(.items[]; .type == \"customer.complaintClosed\" and .data.complaintId == \"$major\")"

# --------------------------------------------------------------------------------------------------- A follow-up call

# 13. A mark that is a complaint
create "$crm" /v1/follow-ups "$(jq -n --arg customer "$customer" --arg vehicle "$vehicle" \
  --arg at "$(promise '+2 seconds')" '{occasion: "nextService", customerId: $customer, vehicleId: $vehicle, plannedAt: $at,
    topics: ["vehicleUse"]}')"
expect 201 "a call is planned" '.state == "scheduled"'
called=$(jq -r .id "$body")
case=/v1/follow-ups/$called
talk='{"outcome": "reached", "wishedTime": true, "topics": ["vehicleUse"], "summary": "等了三个小时没人理 Three hours and nobody cared"}'
act "$crm" record-call "$(jq '. + {result: "satisfied"}' <<<"$talk")"
problem 409 clock-window-not-open "nobody calls before its time"
sleep 3
act "$crm" record-call "$(jq '. + {result: "unsatisfied"}' <<<"$talk")"
invalid '#/issue' "who is not satisfied says why"
act "$crm" record-call "$(jq '. + {result: "unsatisfied", nps: 2}' <<<"$talk")"
expect 200 "a detractor opens a complaint" \
  '.state == "openIssue" and .issue.kind == "complaint" and .call.nps == 2 and .complaintId != null'
opened=$(jq -r .complaintId "$body")
get "$centre" "/v1/complaints/$opened"
expect 200 "… in what he said, at the station" ".state == \"received\" and .channel == \"followUpCall\" and
  .customerId == \"$customer\" and .stationId == \"$station\""
check "… word for word" "$(is '.customerWords == "等了三个小时没人理 Three hours and nobody cared"')"
act "$crm" record-call "$(jq '. + {result: "satisfied"}' <<<"$talk")"
problem 409 invalid-transition "the call is written down once"
act "$crm" answer '{"solution": "经理已致歉 The manager apologised"}'
expect 200 "he is told what becomes of it" '.state == "done"'
hidden "$elsewhere" "$case" "another station does not see the call"
hidden "$elsewhere" "/v1/complaints/$opened" "… nor the complaint"
finish
