-- Removes the worst of a window, some at a time, until only the best are left.
-- KEYS: board, set, members, metadata
-- ARGV: version, fromMs, untilMs, width, best, most
-- Reply: a refusal, or 1 and how many were removed: fewer than `most` when the window is trimmed
local refused = refusal(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if refused then
  return refused
end
local width = tonumber(ARGV[4])
local count = math.min(redis.call('ZCARD', KEYS[2]) - ARGV[5], ARGV[6])
if count <= 0 then
  return { 1, 0 }
end
local ids = redis.call('ZRANGE', KEYS[2], -count, -1)
for index, entry in ipairs(ids) do
  ids[index] = entry:sub(width + 1)
end
redis.call('ZREMRANGEBYRANK', KEYS[2], -count, -1)
redis.call('HDEL', KEYS[3], unpack(ids))
redis.call('HDEL', KEYS[4], unpack(ids))
return { 1, count }
