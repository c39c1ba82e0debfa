-- Removes a member from windows.
-- KEYS: board
-- ARGV: version, width, id
-- Reply: a refusal, or 1 and from how many it was removed. After KEYS: set, members and metadata of each window
local refused = refusal(KEYS[1], ARGV[1], '0', '0')
if refused then
  return refused
end
local width, id, removed = tonumber(ARGV[2]), ARGV[3], 0
for key = 2, #KEYS, 3 do
  local high, _, place = scoreOf(KEYS[key], KEYS[key + 1], id, width)
  if high then
    redis.call('ZREM', KEYS[key], width == 0 and id or place .. id)
    redis.call('HDEL', KEYS[key + 1], id)
    redis.call('HDEL', KEYS[key + 2], id)
    removed = removed + 1
  end
end
return { 1, removed }
