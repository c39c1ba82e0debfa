-- Gives the mode of an activity: the one that its first mark chose, kept for as long as what is marked. A mark that is
-- refused chooses none.
-- KEYS: mode
-- ARGV: mode, ttlMs, day, at, retentionDays
-- Reply: {'exact' | 'approximate', 0} | {'future' | 'past', the day that it is}
local refused = ARGV[4] ~= '' and refusal(tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]))
if refused then
  return refused
end
local mode = redis.call('GET', KEYS[1])
if mode then
  redis.call('PEXPIRE', KEYS[1], ARGV[2], 'GT')
else
  mode = ARGV[1]
  redis.call('SET', KEYS[1], mode, 'PX', ARGV[2])
end
return { mode, 0 }
