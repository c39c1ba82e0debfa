-- Whether a load may go through to a source whose breaker may have opened: one a second of the whole fleet.
-- KEYS: breaker, probe
-- ARGV: probeEveryMs
-- Reply: -1 it is not open | 0 the caller may probe it | or for how many ms nobody may
if redis.call('EXISTS', KEYS[1]) == 0 then
  return -1
end
if redis.call('SET', KEYS[2], '', 'NX', 'PX', ARGV[1]) then
  return 0
end
return math.max(redis.call('PTTL', KEYS[2]), 1)
