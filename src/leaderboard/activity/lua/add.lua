-- Adds users, the arguments besides, to the HyperLogLogs of a day, its week and its month.
-- KEYS: dayLog, weekLog, monthLog
-- ARGV: day, at, retentionDays, goneAt, weekGoneAt
-- Reply: {'marked', 0} | {'other-day' | 'future' | 'past', the day that it is}
local refused = refusal(tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]))
if refused then
  return refused
end
for place, goneAt in ipairs({ ARGV[4], ARGV[5], ARGV[4] }) do
  if redis.call('PFADD', KEYS[place], unpack(ARGV, 6)) == 1 then
    keep(KEYS[place], tonumber(goneAt))
  end
end
return { 'marked', 0 }
