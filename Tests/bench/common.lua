-- What all scripts share: tokens, identities, one line of JSON at the end. Requests are put together by hand, because
-- wrk.format costs the generator more than the server's answer.
host = "Host: " .. os.getenv("BENCH_HOST") .. "\r\n"
stations = {}
for line in io.lines(os.getenv("BENCH_TOKENS")) do
  stations[#stations + 1] = "Authorization: Bearer " .. line .. "\r\n"
end
-- The last line is the network's.
network = table.remove(stations)
local file = io.open(os.getenv("BENCH_LUA") .. "/work-order.json")
body = file:read("*a")
file:close()
math.randomseed(tonumber(os.getenv("BENCH_SLICE")))

function identity(number) return string.format("01980000-0000-7100-8000-%012d", number) end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"refused":%d,"broken":%d}', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
