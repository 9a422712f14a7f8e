-- The least that the server can answer: HTTP and the edge, no token, no database.
dofile(os.getenv("BENCH_LUA") .. "/common.lua")

function request() return "GET /livez HTTP/1.1\r\n" .. host .. "\r\n" end
