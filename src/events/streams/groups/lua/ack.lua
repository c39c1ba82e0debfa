-- Acknowledges entries.
-- KEYS: stream, idle, settings, retries, lanes, turns
-- ARGV: group, clustered
-- Reply: how many of them were pending | nil: there is no such group
-- The ids come after the arguments.
if redis.call('EXISTS', KEYS[3]) == 0 then
  return nil
end
redis.call('ZREM', KEYS[4], unpack(ARGV, 3))
local acked = redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 3))
if lanes_of(KEYS[5], KEYS[6], KEYS[4]).leave(ARGV, 3) then
  wake(KEYS[2], KEYS[1], ARGV[2] == '1')
end
return acked
