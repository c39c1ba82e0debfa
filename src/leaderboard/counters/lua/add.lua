-- Adds to a counter, or to a shard of it, once for each number of a mark: what comes again is told what became of it. What one
-- caller asks of a counter, its windows and shards, stays with it and holds for all callers.
-- KEYS: value, options, windows, mark
-- ARGV: by, number, markTtlMs, idleTtlMs, shards, windowed
-- Reply: value, shards, windowed | nil: it would leave 64 bits, and nothing was changed
local by, number, asked_shards, asked_windowed = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[5]), tonumber(ARGV[6])
local mark, options = unpack(redis.call('MGET', KEYS[4], KEYS[2]))
local shards, windowed = 1, 0
if options then
  shards, windowed = string.match(options, '^(%d+) (%d)$')
  shards, windowed = tonumber(shards), tonumber(windowed)
end
if mark then
  local last, value = string.match(mark, '^(%d+) (.+)$')
  if tonumber(last) >= number then
    return { value, shards, windowed }
  end
end

-- Redis gives Lua its integers as doubles, so the exact value is read as text.
local added = redis.pcall('INCRBY', KEYS[1], by)
if type(added) == 'table' then
  return not string.find(added.err, 'overflow') and added or nil
end
local function keep(key)
  if ARGV[4] == '0' then
    return redis.call('GETEX', key, 'PERSIST')
  end
  return redis.call('GETEX', key, 'PX', ARGV[4])
end
local value = keep(KEYS[1])

if asked_shards > shards or asked_windowed > windowed then
  shards, windowed = math.max(shards, asked_shards), math.max(windowed, asked_windowed)
  redis.call('SET', KEYS[2], shards .. ' ' .. windowed)
  options = true
end
if options then
  keep(KEYS[2])
end
if windowed == 1 then
  add_to_windows(KEYS[3], by, math.floor(nowMs() / 60000))
end
redis.call('SET', KEYS[4], ARGV[2] .. ' ' .. value, 'PX', ARGV[3])
return { value, shards, windowed }
