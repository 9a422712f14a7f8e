-- Opening of a work order with one job line at a random station, by the station, for one of its customers.
dofile(os.getenv("BENCH_LUA") .. "/common.lua")
local customers = tonumber(os.getenv("BENCH_CUSTOMERS")) / 200
local run = os.getenv("BENCH_SLICE")
local before, between, after = string.match(body, "^(.*)@customer@(.*)@vehicle@(.*)$")

local serial = 0
function request()
  serial = serial + 1
  local station = math.random(1, 200)
  local person = identity(station + 200 * math.random(0, customers - 1))
  local text = before .. person .. between .. person .. after
  return "POST /v1/work-orders HTTP/1.1\r\n" .. host .. stations[station]
    .. "Content-Type: application/json\r\nIdempotency-Key: \"bench-" .. run .. "-" .. string.format("%012d", serial)
    .. "\"\r\nContent-Length: " .. #text .. "\r\n\r\n" .. text
end
