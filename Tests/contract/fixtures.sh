# shellcheck shell=bash disable=SC2034
# What run.sh needs on a server that it got from .ci/with-server: two stations, a machine client of one, its customer, and
# a token of the other. Sourced; sets CID, CSECRET, STATION, CUST and OTHER_STATION_TOKEN.

fixture() {
  local token=$1 path=$2 body=$3
  curl -sf -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
    -H "Idempotency-Key: \"$(cat /proc/sys/kernel/random/uuid)\"" -d "$body" "$B$path" | jq -r .id
}

# Codes of this run alone, so that a server can be tested twice.
suffix=$(tr -dc 'A-Z0-9' </dev/urandom | head -c 6)
region=$(fixture "$AFTERSALES_TOKEN" /v1/regions "{\"code\":\"R$suffix\",\"name\":\"契约测试地区\"}")
station() {
  jq -nc --arg code "$1" --arg region "$region" '{code: $code, name: "契约测试服务中心", kind: "serviceOnly",
    regionId: $region, labourRate: {amount: "180.00", currency: "CNY"}}'
}
STATION=$(fixture "$AFTERSALES_TOKEN" /v1/stations "$(station "CT$suffix")")
fixture "$AFTERSALES_TOKEN" /v1/stations "$(station "CX$suffix")" >/dev/null
IFS=$'\t' read -r CID CSECRET < <(
  "$AFTERSALES_BINARY" client create --client-id "contract-${suffix,,}" --name 'Contract tests' --role dmsClient \
    --station "CT$suffix"
)
OTHER_STATION_TOKEN=$(
  "$AFTERSALES_BINARY" token issue --role stAdviser --station "CX$suffix" --ttl 1h --name 'Contract tests'
)
adviser=$("$AFTERSALES_BINARY" token issue --role stAdviser --station "CT$suffix" --ttl 1h --name 'Contract tests')
CUST=$(fixture "$adviser" /v1/customers '{"kind":"person","name":"张伟","phone":"13840012345"}')
