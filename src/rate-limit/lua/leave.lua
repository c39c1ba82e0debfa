-- Says that a replica is gone.
-- KEYS: replicas
-- ARGV: replica
-- Reply: 1 it was there | 0 it was not
return redis.call('ZREM', KEYS[1], ARGV[1])
