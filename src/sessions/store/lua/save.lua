-- Writes what has changed in a framework's session. One that was loaded and has ended since stays ended; one that was
-- not loaded is new, and replaces what stands under its id.
-- KEYS: session
-- ARGV: loaded, ttlMs, unset
-- Reply: 1 the session lives | 0 it has ended; further ARGV: as many properties to drop as `unset` says, then those
--  to set and their JSON in turn
local session = KEYS[1]
local ttl = tonumber(ARGV[2])
local firstUnset, firstSet = 4, 4 + tonumber(ARGV[3])

-- In portions, because Lua's stack holds 8000 values.
local function write(command, first, last)
  for from = first, last, 4000 do
    redis.call(command, session, unpack(ARGV, from, math.min(from + 3999, last)))
  end
end

local left = redis.call('PTTL', session)
if ARGV[1] == '0' then
  redis.call('DEL', session)
elseif left == -2 then
  return 0
end
write('HSET', firstSet, #ARGV)
write('HDEL', firstUnset, firstSet - 1)
-- A session in which nothing has changed slides once a tenth of its life has passed, so that most requests only read.
if #ARGV > 3 or math.abs(ttl - left) >= ttl / 10 then
  redis.call('PEXPIRE', session, ARGV[2])
end
return 1
