-- A process says that it is alive, and hears who has stopped saying so within the last minute.
-- KEYS: alive
-- ARGV: process, lifeMs
-- Reply: the processes that are gone
redis.call('ZADD', KEYS[1], nowMs() + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', nowMs() - 60000)
redis.call('PEXPIRE', KEYS[1], 120000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', nowMs())
