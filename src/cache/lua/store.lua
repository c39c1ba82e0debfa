-- Stores a frame; under a lease, only while that is alive.
-- KEYS: entry
-- ARGV: lease, ttlMs, graceMs, body, channel
-- Reply: 1 stored | 0 the lease is gone, because of an invalidation, another value or time
-- Without a lease (an empty one) it replaces whatever is there, and so voids the lease of a load under way.
-- The channel is that of a bus, for those who hear of changes in no other way; empty where there is none.
local lease, ttlMs = ARGV[1], tonumber(ARGV[2])
if lease ~= '' and redis.call('GETRANGE', KEYS[1], 19, 30) ~= lease then
  return 0
end
local freshUntil = nowMs() + ttlMs
local head = '\1' .. struct.pack('>I6I6', freshUntil, freshUntil + ARGV[3])
redis.call('SET', KEYS[1], head .. ARGV[4], 'PX', ttlMs + ARGV[3])
if ARGV[5] ~= '' then
  redis.call('PUBLISH', ARGV[5], KEYS[1])
end
return 1
