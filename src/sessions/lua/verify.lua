-- Checks a session's secret and its timeouts, slides the idle timeout, and reads the session.
-- KEYS: user
-- ARGV: id, verifier
-- Reply: nil | JSON: {info, lastSeenAt, expiresAt, absoluteExpiresAt, data}, one string because a client decodes
-- it in a fraction of the time that a list of a dozen replies takes
local user, id = KEYS[1], ARGV[1]
local found = redis.call('HMGET', user, id .. ':v', id .. ':t', id .. ':i', id .. ':n')
if not found[1] or found[1] ~= ARGV[2] then
  return nil
end
local expiresAt, absoluteAt, idle, seenAt = string.match(found[2], '^(%d+) (%d+) (%d+) (%d+)$')
expiresAt, absoluteAt, idle, seenAt = tonumber(expiresAt), tonumber(absoluteAt), tonumber(idle), tonumber(seenAt)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now >= expiresAt then
  return nil
end
-- A tenth of the idle timeout passes before it slides, so that most reads write nothing.
if now - seenAt >= idle / 10 and expiresAt < absoluteAt then
  expiresAt = math.min(now + idle, absoluteAt)
  seenAt = now
  redis.call('HSET', user, id .. ':t', string.format('%.0f %.0f %.0f %.0f', expiresAt, absoluteAt, idle, now))
  if redis.call('PTTL', user) < expiresAt - now then
    redis.call('PEXPIREAT', user, string.format('%.0f', expiresAt))
  end
end
local names, keys, data = {}, {}, {}
for name in string.gmatch(found[4] or '', '%S+') do
  names[#names + 1] = name
  keys[#keys + 1] = id .. ':d:' .. name
end
if #keys > 0 then
  for i, value in ipairs(redis.call('HMGET', user, unpack(keys))) do
    data[i] = '"' .. names[i] .. '":' .. value
  end
end
-- Info and values are JSON already, and a field's name has no character to escape.
return string.format(
  '{"info":%s,"lastSeenAt":%.0f,"expiresAt":%.0f,"absoluteExpiresAt":%.0f,"data":{%s}}',
  found[3], seenAt, expiresAt, absoluteAt, table.concat(data, ',')
)
