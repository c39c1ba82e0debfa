-- Stores a loaded value if its lease is still alive.
-- KEYS: entry
-- ARGV: lease, value, ttlMs
-- Reply: 1 stored | 0 the lease is gone, because of an invalidation, another value or time
if redis.call('GET', KEYS[1]) ~= 'L' .. ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], 'V' .. ARGV[2], 'PX', ARGV[3])
return 1
