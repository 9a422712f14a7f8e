-- GET of one work order: by turns a random order of the network with a network token, and one with its station's token.
local rows = tonumber(os.getenv("BENCH_ROWS"))
dofile(os.getenv("BENCH_LUA") .. "/common.lua")

local turn = 0
function request()
  turn = turn + 1
  local n = math.random(1, rows)
  local token = turn % 2 == 0 and network or stations[(n - 1) % 200 + 1]
  return "GET /v1/work-orders/" .. identity(n) .. " HTTP/1.1\r\n" .. host .. token .. "\r\n"
end
