-- Removes a member from all windows.
-- KEYS: board, periods
-- ARGV: version, width, id, periods
-- Reply: a refusal, or 1 and from how many it was removed, -1 when the board has other periods than those of ARGV. After KEYS:
--   set, members and metadata of each period
local refused = refusal(KEYS[1], ARGV[1], '0', '0')
if refused then
  return refused
end
if table.concat(redis.call('ZRANGE', KEYS[2], 0, -1), ' ') ~= ARGV[4] then
  return { 1, -1 }
end
local width, id, removed = tonumber(ARGV[2]), ARGV[3], 0
for key = 3, #KEYS, 3 do
  local high, _, place = scoreOf(KEYS[key], KEYS[key + 1], id, width)
  if high then
    redis.call('ZREM', KEYS[key], width == 0 and id or place .. id)
    redis.call('HDEL', KEYS[key + 1], id)
    redis.call('HDEL', KEYS[key + 2], id)
    removed = removed + 1
  end
end
return { 1, removed }
