-- The loops of calls_probe in LuaJIT. Prints the least time of each, in picoseconds for one call.
local ffi = require("ffi")
ffi.cdef(header)
ffi.cdef([[
typedef struct { long seconds, nanoseconds; } time_of_bench;
int clock_gettime(int clock, time_of_bench *now);
]])
local C = ffi.load(arg[1])
local now = ffi.new("time_of_bench")

local function picoseconds()
  ffi.C.clock_gettime(1, now)
  return (tonumber(now.seconds) * 1e9 + tonumber(now.nanoseconds)) * 1e3
end

local pointer = ffi.new("long[1]")
local probes = {
  { "add", function(count)
    local sum = 0
    for index = 1, count do sum = C.add(sum, index) end
    return sum
  end },
  { "mix", function(count)
    local sum = 0
    for index = 1, count do sum = C.mix(index, sum, pointer, 1.5, 7) end
    return sum
  end },
  { "turn", function(count)
    local p = ffi.new("p2", 1, 2)
    for _ = 1, count do p = C.turn(p, p) end
    return p
  end },
  { "ten", function(count)
    local sum = 0LL
    for index = 1, count do sum = C.ten(sum, 1, 1, 1, 1, 1, 1, 1, 1, index) end
    return sum
  end },
  { "shift", function(count)
    local big = ffi.new("big", 1, 2, 3, 4)
    for index = 1, count do big = C.shift(big, index) end
    return big
  end },
}

local count, rounds = 5000, 60
local least = {}
for _ = 1, rounds do
  for _, probe in ipairs(probes) do
    local start = picoseconds()
    probe[2](count)
    local time = picoseconds() - start
    least[probe[1]] = math.min(least[probe[1]] or time, time)
  end
end
for _, probe in ipairs(probes) do
  print(string.format("%s_luajit %d", probe[1], least[probe[1]] / count))
end
