-- Adds a session to its user's hash, and drops the user's sessions that have expired.
-- KEYS: user
-- ARGV: id, verifier, idleTtlMs, absoluteTtlMs, info
-- Reply: {now, expiresAt, absoluteExpiresAt}; further ARGV: data field names and values in turn
local user = KEYS[1]
local id, verifier, info = ARGV[1], ARGV[2], ARGV[5]
local idle, absolute = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local absoluteAt = now + absolute
local expiresAt = math.min(now + idle, absoluteAt)

-- A user has a handful of sessions: the read is small, and only expired ones cost a delete.
local fields = redis.call('HGETALL', user)
local dead = {}
for i = 1, #fields, 2 do
  if not string.find(fields[i], ':', 1, true) and now >= tonumber(string.sub(fields[i + 1], 44, 56)) then
    dead[fields[i]] = true
  end
end
if next(dead) then
  local names = {}
  for i = 1, #fields, 2 do
    if dead[string.match(fields[i], '^[^:]+')] then
      names[#names + 1] = fields[i]
    end
  end
  redis.call('HDEL', user, unpack(names))
end

local values, names = { id .. ':i', info }, {}
for i = 6, #ARGV, 2 do
  names[#names + 1] = ARGV[i]
  values[#values + 1] = id .. ':d:' .. ARGV[i]
  values[#values + 1] = ARGV[i + 1]
end
local times = string.format('%013.0f%013.0f%013.0f%013.0f', expiresAt, absoluteAt, now, idle)
redis.call('HSET', user, id, verifier .. times .. table.concat(names, ' '), unpack(values))
-- The key lives as long as its longest session: never cut another session's life.
if redis.call('PTTL', user) < expiresAt - now then
  redis.call('PEXPIREAT', user, string.format('%.0f', expiresAt))
end
return { now, expiresAt, absoluteAt }
