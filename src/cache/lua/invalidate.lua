-- Invalidates a tag: entries that bear another stamp than this new one are as good as gone, however many they are.
-- KEYS: tag
-- ARGV: fresh, ttlMs, channel
-- Reply: 1
local set = redis.pcall('SET', KEYS[1], struct.pack('>I6', nowMs()) .. ARGV[1], 'PX', ARGV[2])
if set.err then
  -- A Redis that is full takes no new stamp; the loss of the old one invalidates as well.
  redis.call('DEL', KEYS[1])
end
if ARGV[3] ~= '' then
  redis.call('PUBLISH', ARGV[3], KEYS[1])
end
return 1
