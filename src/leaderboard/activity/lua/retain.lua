-- Counts those of one chunk of a cohort who were active on some days: the keys besides. The intersection stands in `scratch`
-- for as long as the script runs.
-- KEYS: numbers, cohort, scratch
-- ARGV:
-- Reply: {how many chunks the partition has, the count of each day ...}
local last = tonumber(redis.call('GET', KEYS[1]) or 1) - 1
local reply = { chunk_of(last) + 1 }
for place = 4, #KEYS do
  local bytes = redis.call('BITOP', 'AND', KEYS[3], KEYS[2], KEYS[place])
  reply[place - 2] = bytes > 0 and redis.call('BITCOUNT', KEYS[3]) or 0
end
redis.call('DEL', KEYS[3])
return reply
