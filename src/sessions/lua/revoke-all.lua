-- Ends all sessions of a user at once: they are one key.
-- KEYS: user
-- ARGV:
-- Reply: how many were live
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fields = redis.call('HGETALL', KEYS[1])
local live = 0
for i = 1, #fields, 2 do
  if string.match(fields[i], '^[^:]+:t$') and now < tonumber(string.match(fields[i + 1], '^(%d+)')) then
    live = live + 1
  end
end
redis.call('UNLINK', KEYS[1])
return live
