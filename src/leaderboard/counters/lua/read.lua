-- Reads a counter, or a shard of it.
-- KEYS: value, options, windows
-- ARGV: withWindows
-- Reply: value, shards, windowed, minute by Redis' clock, the windows' bytes (none unless asked for)
local value, options = unpack(redis.call('MGET', KEYS[1], KEYS[2]))
local shards, windowed = string.match(options or '1 0', '^(%d+) (%d)$')
local windows = ARGV[1] == '1' and redis.call('GET', KEYS[3]) or ''
return { value or '0', tonumber(shards), tonumber(windowed), math.floor(nowMs() / 60000), windows }
