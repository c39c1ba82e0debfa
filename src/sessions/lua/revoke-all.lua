-- Ends all sessions of a user at once: they are one key.
-- KEYS: user
-- ARGV:
-- Reply: how many were live
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fields = redis.call('HGETALL', KEYS[1])
local live = 0
for i = 1, #fields, 2 do
  if not string.find(fields[i], ':', 1, true) and now < tonumber(string.sub(fields[i + 1], 44, 56)) then
    live = live + 1
  end
end
redis.call('UNLINK', KEYS[1])
return live
