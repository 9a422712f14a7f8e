-- The newest 20 work orders of a station, asked by the station.
dofile(os.getenv("BENCH_LUA") .. "/common.lua")

function request()
  return "GET /v1/work-orders?limit=20 HTTP/1.1\r\n" .. host .. stations[math.random(1, 200)] .. "\r\n"
end
