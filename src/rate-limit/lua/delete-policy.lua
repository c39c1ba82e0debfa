-- Drops a policy, and tells every replica. The fields are those of put-policy.lua.
-- KEYS: policies
-- ARGV: name, channel
-- Reply: 1 dropped | 0 there was none
local dropped = redis.call('HDEL', KEYS[1], 'p:' .. ARGV[1])
if dropped == 1 then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'version', time[1] .. '.' .. time[2])
  redis.call('PUBLISH', ARGV[2], 'policies')
end
return dropped
