-- Deletes a counter, or a shard of it, unless it has shards that are to be deleted before.
-- KEYS: value, options, windows
-- ARGV: shardsDeleted
-- Reply: 0 deleted | how many shards it has, and nothing was changed
local shards = tonumber(string.match(redis.call('GET', KEYS[2]) or '1', '^%d+'))
if shards > tonumber(ARGV[1]) then
  return shards
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return 0
