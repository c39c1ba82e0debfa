-- Keeps a policy, and tells every replica.
-- KEYS: policies
-- ARGV: name, policy, channel
-- Reply: 1
-- Fields: 'p:<name>' a policy as JSON; 'version', the time of the last change, which no change shares with one before
-- a flush. Configuration: it does not expire.
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'p:' .. ARGV[1], ARGV[2], 'version', time[1] .. '.' .. time[2])
redis.call('PUBLISH', ARGV[3], 'policies')
return 1
