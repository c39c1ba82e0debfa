-- Estimates the active users of periods: a HyperLogLog each.
-- KEYS:
-- ARGV:
-- Reply: {count, ...}
local counts = {}
for place = 1, #KEYS do
  counts[place] = redis.call('PFCOUNT', KEYS[place])
end
return counts
