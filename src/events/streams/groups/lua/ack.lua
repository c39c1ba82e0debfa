-- Acknowledges entries.
-- KEYS: stream, settings, retries
-- ARGV: group
-- Reply: how many of them were pending | nil: there is no such group
-- The ids come after the argument.
if redis.call('EXISTS', KEYS[2]) == 0 then
  return nil
end
redis.call('ZREM', KEYS[3], unpack(ARGV, 2))
return redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
