-- The loops of callback_probe in LuaJIT. Prints the least time of each, in picoseconds for one operation.
local ffi = require("ffi")
ffi.cdef([[
typedef struct { long seconds, nanoseconds; } time_of_bench;
int clock_gettime(int clock, time_of_bench *now);
void qsort(void *base, size_t n, size_t size, int (*compare)(const int *, const int *));
int turns(int count, int (*function)(int, int));
]])
local C = ffi.load(arg[1])
local now = ffi.new("time_of_bench")

local function picoseconds()
  ffi.C.clock_gettime(1, now)
  return (tonumber(now.seconds) * 1e9 + tonumber(now.nanoseconds)) * 1e3
end

local add = ffi.cast("int (*)(int, int)", function(a, b) return bit.tobit(a + b) end)
local compare = ffi.cast("int (*)(const int *, const int *)", function(a, b)
  return a[0] < b[0] and -1 or (a[0] > b[0] and 1 or 0)
end)
local numbers = ffi.new("int[?]", 10000)
local probes = {
  { "add_luajit", 100000, function(count) C.turns(count, add) end },
  { "sort_luajit", 10000, function(count)
    local number = 1
    for index = 0, count - 1 do
      number = (number * 75 + 74) % 65537
      numbers[index] = number
    end
    ffi.C.qsort(numbers, count, 4, compare)
  end },
}

for _, probe in ipairs(probes) do
  local least
  for _ = 1, 20 do
    local start = picoseconds()
    probe[3](probe[2])
    local time = picoseconds() - start
    least = math.min(least or time, time)
  end
  print(string.format("%s %d", probe[1], least / probe[2]))
end
