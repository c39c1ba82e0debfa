-- Counts one hit in a fixed window that opens with its first hit; a refused hit is not counted.
-- KEYS: counter
-- ARGV: windowMs, limit, blockMs
-- Reply: {hits, windowLeftMs, blocked, blockLeftMs}
-- The value is the number of hits, or `b<hits> <windowEnd>` while a block lasts; its end forgets the hits.
local counter = KEYS[1]
local window, limit, block = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local value = redis.call('GET', counter)

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

if value and string.byte(value) == 98 then
  local hits, windowEnd = string.match(value, '^b(%d+) (%d+)$')
  local left = math.max(redis.call('PTTL', counter), 1)
  return { tonumber(hits), math.max(tonumber(windowEnd) - now(), 0), 1, left }
end

local hits = tonumber(value or 0)
if hits < limit then
  if hits == 0 then
    redis.call('SET', counter, 1, 'PX', window)
    return { 1, window, 0, 0 }
  end
  redis.call('INCR', counter)
  return { hits + 1, math.max(redis.call('PTTL', counter), 1), 0, 0 }
end

local left = window
if hits > 0 then
  left = math.max(redis.call('PTTL', counter), 1)
end
if block <= 0 then
  return { hits + 1, left, 1, left }
end
redis.call('SET', counter, string.format('b%.0f %.0f', hits + 1, now() + left), 'PX', block)
return { hits + 1, left, 1, block }
