-- Opens a breaker for the fleet, or keeps it open after a probe that failed.
-- KEYS: breaker, probe
-- ARGV: openMs, probeEveryMs
-- Reply: 1 it was closed | 0 it was open
-- It closes by itself when nobody probes it for so long.
local opened = redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[1])
if opened then
  redis.call('SET', KEYS[2], '', 'PX', ARGV[2])
  return 1
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 0
