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
  local owner = string.match(fields[i], '^(.+):t$')
  if owner and now >= tonumber(string.match(fields[i + 1], '^(%d+)')) then
    dead[owner] = true
  end
end
local names = {}
if next(dead) then
  for i = 1, #fields, 2 do
    if dead[string.match(fields[i], '^([^:]+):')] then
      names[#names + 1] = fields[i]
    end
  end
  redis.call('HDEL', user, unpack(names))
end

local values = { id .. ':v', verifier, id .. ':i', info }
values[#values + 1] = id .. ':t'
values[#values + 1] = string.format('%.0f %.0f %.0f %.0f', expiresAt, absoluteAt, idle, now)
local data = {}
for i = 6, #ARGV, 2 do
  data[#data + 1] = ARGV[i]
  values[#values + 1] = id .. ':d:' .. ARGV[i]
  values[#values + 1] = ARGV[i + 1]
end
if #data > 0 then
  values[#values + 1] = id .. ':n'
  values[#values + 1] = table.concat(data, ' ')
end
redis.call('HSET', user, unpack(values))
-- The key lives as long as its longest session: never cut another session's life.
if redis.call('PTTL', user) < expiresAt - now then
  redis.call('PEXPIREAT', user, string.format('%.0f', expiresAt))
end
return { now, expiresAt, absoluteAt }
