-- Says that a replica is alive, and counts those that are.
-- KEYS: replicas
-- ARGV: replica, lifeMs
-- Reply: how many replicas have been heard of within lifeMs
local replicas, life = KEYS[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', replicas, now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', replicas, '-inf', now - life)
redis.call('PEXPIRE', replicas, life)
return redis.call('ZCARD', replicas)
