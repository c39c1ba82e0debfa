-- Counts the active users of one partition, of all periods that began in some months: a key each.
-- KEYS:
-- ARGV:
-- Reply: {period, count, period, count, ...}
local counts = {}
for place = 1, #KEYS do
  for _, part in ipairs(redis.call('HGETALL', KEYS[place])) do
    counts[#counts + 1] = part
  end
end
return counts
