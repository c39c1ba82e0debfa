-- Forgets the hits and the block of a key, on every replica.
-- KEYS: counter
-- ARGV: channel
-- Reply: 1 there was something to forget | 0 there was not
local forgotten = redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[1], 'counters')
return forgotten
