-- Makes a consumer group, or gives the one that is there other settings. It goes on where it is.
-- KEYS: stream, settings
-- ARGV: group, startAt, maxDeliveries, ackTimeoutMs, backoffMs
-- Reply: 1 made | 0 it was there
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], ARGV[2], 'MKSTREAM')
if made.err and not string.find(made.err, 'BUSYGROUP') then
  return made
end
redis.call('HSET', KEYS[2], 'maxDeliveries', ARGV[3], 'ackTimeoutMs', ARGV[4], 'backoffMs', ARGV[5])
return made.err and 0 or 1
