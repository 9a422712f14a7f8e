#!/usr/bin/env bash
# Quality issues to their end against a running server with the demo data, each of the three levels on its own path (QI-20…22) with
# the tokens of those who act, and what must be refused on the way; the papers and the early warning that follow from them.
#
#   B          the server (default AFTERSALES_URL, then http://127.0.0.1:8080)
#   PASSWORD   of the demo users (default demo-password)
#
# Prints one line "ok …" or "not ok …" a check and at last "N passed, N failed"; exit status 1 if any failed.
set -uo pipefail

# shellcheck source=Tests/contract/http.sh
. "$(dirname "${BASH_SOURCE[0]}")/http.sh"

# 1. Who works
login st-adviser && adviser=$token
login st-service-manager && manager=$token
login dl001-adviser && elsewhere=$token
login hq-service && after_sales=$token
login qa && quality=$token
[ "$failed" = 0 ] || finish

get "$adviser" '/v1/customers?sort=createdAt&limit=1'
customer=$(jq -r '.items[0].id' "$body")
get "$adviser" "/v1/customers/$customer/vehicles"
vehicle=$(jq -r '.items[0].vehicleId' "$body")

# suspect FACTS: the station reports what it takes for major; the issue is the case.
suspect() {
  create "$manager" /v1/quality-issues "$(jq -n --arg vehicle "$vehicle" --argjson facts "$1" \
    '{source: "station", symptom: "行驶中熄火 Stalls while driving", vehicleId: $vehicle, facts: $facts, suspectedMajor: true}')"
  expect 201 "the station reports it" '.state == "pendingConfirmation" and .class == null'
  [ "$status" = 201 ] || finish
  case=/v1/quality-issues/$(jq -r .id "$body")
}

measure='{"kind": "corrective", "description": "改锁扣 Another latch", "owner": "供应商 Supplier", "dueDate": "2036-04-30"}'

# finish_issue LEVEL: resolved by headquarters, received by both, closed.
finish_issue() {
  act "$manager" resolve '{"result": "x"}'
  problem 409 guard-failed "$1: the station does not resolve what is major" '.guard == "handled-by-headquarters"'
  act "$after_sales" resolve '{"result": "更换锁扣 The latch was replaced"}'
  expect 200 "$1: After-Sales tells the result" '.state == "resolved" and (.missingReceipts | length == 2)'
  act "$after_sales" close '{}'
  problem 409 guard-failed "$1: nothing is closed before the result was received" '.guard == "receipt-missing"'
  act "$after_sales" receipt '{"party": "station", "channel": "system"}'
  expect 200 "$1: the station has it" '.missingReceipts == ["customer"]'
  act "$after_sales" close '{}'
  problem 409 guard-failed "$1: … one receipt is not both" '.guard == "receipt-missing"'
  act "$after_sales" receipt '{"party": "customer", "channel": "phone"}'
  expect 200 "$1: the customer has it" '.missingReceipts == []'
  act "$after_sales" close '{}'
  expect 200 "$1: closed" '.state == "closed"'
}

# 2. Level 1: QA confirms and sends people at once (QI-20)
suspect '{"casualties": 1, "majorAccident": true}'
expect 201 "somebody was hurt: level 1 is proposed, with its criterion" \
  '.proposedLevel == "level1" and (.proposedCriteria | index("L1-a") != null)'
get "$elsewhere" "$case"
problem 404 not-found "another station does not see it"
act "$manager" confirm '{"level": "level1"}'
problem 403 forbidden "a station does not grade" '.required == "qualityIssues:confirm"'
act "$after_sales" qa-confirm '{}'
problem 403 forbidden "After-Sales does not confirm for QA" '.required == "qualityIssues:qaConfirm"'
act "$after_sales" confirm '{"level": "level3"}'
invalid '#/reason' "another level than the proposed one needs a reason"
act "$after_sales" confirm '{"level": "level1", "recipients": ["hqExec"]}'
invalid '#/recipients' "the report goes to QA and the head of After-Sales at least"
act "$after_sales" confirm '{"level": "level1"}'
expect 200 "After-Sales confirms it" '.state == "confirmed" and .class == "major" and .level == "level1"'
get "$after_sales" "$case/reports"
expect 200 "… with a report to leaders and QA" '.items | length == 1 and (.[0].outstanding | index("qa") != null)'
act "$quality" qa-return '{}'
invalid '#/reason' "QA returns nothing without a reason"
act "$quality" qa-return '{"reason": "伤情未核实 Not verified"}'
expect 200 "QA returns it with a reason" '.state == "pendingConfirmation"'
act "$after_sales" confirm '{"level": "level1", "reason": "已核实 Verified"}'
in_state confirmed "After-Sales confirms again"
act "$after_sales" inform-qa '{"informed": ["质保部"]}'
problem 409 guard-failed "level 1 is not After-Sales' own" '.guard == "not-level-3"'
act "$quality" qa-confirm '{}'
in_state qaConfirmed "QA confirms"
get "$quality" "$case/clocks"
expect 200 "… and the time to send people runs" \
  'any(.items[]; .kind == "level1SupportAssigned" and .state == "running")'
act "$quality" assign-support '{"staff": ["孙浩 Sun Hao", "周婷 Zhou Ting"]}'
in_state inHandling "QA sends two people"
get "$quality" "$case/clocks"
expect 200 "… in time" 'any(.items[]; .kind == "level1SupportAssigned" and .state == "met")'
act "$after_sales" resolve '{"result": "x"}'
problem 409 guard-failed "a defect of level 1 needs a corrective measure first" '.guard == "measure-missing"'
change POST "$quality" measures "$measure"
expect 201 "QA sets one" '.items | length == 1'
finish_issue "level 1"

# 3. Level 2: QA proposes the measures, After-Sales coordinates (QI-21)
suspect '{"compensationDemand": {"amount": "50000.00", "currency": "CNY"}}'
expect 201 "50,000 yuan are level 2" '.proposedLevel == "level2" and .proposedCriteria == ["L2-d"]'
act "$after_sales" confirm '{"level": "level2"}'
in_state confirmed "After-Sales confirms it"
act "$quality" qa-confirm '{}'
problem 409 guard-failed "level 2 begins with its measures" '.guard == "not-level-1"'
act "$after_sales" propose-measures "{\"measures\": [$measure]}"
problem 403 forbidden "After-Sales does not propose QA's measures" '.required == "qualityIssues:proposeMeasures"'
act "$quality" propose-measures "{\"measures\": [$measure]}"
in_state inHandling "QA proposes a measure"
act "$after_sales" progress '{"note": "备件已发 Parts are on their way"}'
in_state inHandling "After-Sales coordinates"
finish_issue "level 2"

# 4. Level 3: After-Sales handles it itself and tells QA (QI-22)
suspect '{"compensationDemand": {"amount": "49999.99", "currency": "CNY"}, "breakdown": true}'
expect 201 "a fen less, and a breakdown, are level 3" \
  '.proposedLevel == "level3" and (.proposedCriteria | sort == ["L3-c", "L3-d"])'
act "$after_sales" confirm '{"level": "level3"}'
in_state confirmed "After-Sales confirms it"
act "$quality" qa-return '{"reason": "x"}'
problem 409 guard-failed "level 3 is After-Sales' own" '.guard == "handled-by-after-sales"'
act "$quality" inform-qa '{"informed": ["x"]}'
problem 403 forbidden "QA does not tell itself" '.required == "qualityIssues:informQa"'
act "$after_sales" inform-qa '{"informed": ["质量保证部 QA"]}'
in_state inHandling "After-Sales tells QA and handles it"
finish_issue "level 3"

# 5. The papers (QI-24, QI-31, QI-33) and the early warning (A11)
get "$after_sales" /v1/reports/major-quality-daily
expect 200 "the daily report names the three" \
  '[.rows[] | select(.section == "reported" and .state == "closed")] | length >= 3'
expect 200 "… with both receipts of each" \
  '[.rows[] | select(.section == "reported" and .state == "closed")] | all(.stationToldAt != null and .customerToldAt != null)'
get "$after_sales" /v1/reports/quality-weekly
expect 200 "the weekly summary counts them" '.figures.level1 >= 1 and .figures.level2 >= 1 and .figures.level3 >= 1'
get "$quality" /v1/reports/quality-monthly
expect 200 "the monthly statistics count their measures" '.figures.corrective >= 2'
get "$quality" '/v1/issued-reports?report=majorQualityDaily'
expect 200 "QA finds the daily reports that were issued" '.items | length >= 1'
get "$quality" /v1/early-warnings
expect 200 "QA reads the signals of the early warning"
get "$quality" '/v1/early-warning-statistics?interval=day'
expect 200 "… and what they are made of"
get "$manager" /v1/early-warnings
problem 403 forbidden "a station does not" '.required == "earlyWarnings:read"'

finish
