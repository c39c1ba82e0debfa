-- Notes when to look for a user's expired sessions: at the earliest of all times noted.
-- KEYS: due
-- ARGV: tag, afterMs, keepMs
-- Reply: when
local due, tag = KEYS[1], ARGV[1]
local at = nowMs() + tonumber(ARGV[2])
local noted = redis.call('ZSCORE', due, tag)
if noted then
  -- A claim has a fraction, which goes: so whoever holds it learns that there is more to look for.
  at = math.min(at, math.floor(tonumber(noted)))
end
redis.call('ZADD', due, string.format('%d', at), tag)
local last = string.format('%d', at + tonumber(ARGV[3]))
redis.call('PEXPIREAT', due, last, redis.call('PTTL', due) < 0 and 'NX' or 'GT')
return at
