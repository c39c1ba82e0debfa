-- Gives an entry back: it comes again after a delay, or goes to the dead letters when it has come often enough. Who does not have
-- it any more changes nothing. No delay is the group's backoff; one below zero buries at once: what cannot be read never can.
-- KEYS: stream, settings, retries, dead, lanes, turns
-- ARGV: group, consumer, id, delayMs, reason
-- Reply: 0 not this consumer's | 1 comes again | 2 is a dead letter | 3 Redis is full: it stays pending
local stream, group, id = KEYS[1], ARGV[1], ARGV[3]
local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
if not pending or (ARGV[2] ~= '' and pending[2] ~= ARGV[2]) then
  return 0
end
local max, backoff_ms = unpack(redis.call('HMGET', KEYS[2], 'maxDeliveries', 'backoffMs'))
local delay = tonumber(ARGV[4]) or math.min(backoff_ms * 2 ^ (pending[4] - 1), 3600000)
if delay < 0 or pending[4] >= tonumber(max) then
  redis.call('ZREM', KEYS[3], id)
  local bury = burial(stream, KEYS[4], group, lanes_of(KEYS[5], KEYS[6], KEYS[3]))
  return bury(id, pending[4], ARGV[5]) and 2 or 3
end
redis.call('ZADD', KEYS[3], nowMs() + delay, id)
-- Without it they are due when they have been left alone for ackTimeoutMs.
redis.call('PEXPIRE', KEYS[3], math.max(redis.call('PTTL', KEYS[3]), delay + 86400000))
return 1
