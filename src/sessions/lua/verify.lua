-- Checks a session's secret and its timeouts, slides the idle timeout, and reads the session.
-- KEYS: user
-- ARGV: id, verifier
-- Reply: nil | JSON: {info, lastSeenAt, expiresAt, absoluteExpiresAt, data}, one string because a client decodes
-- it in a fraction of the time that a list of a dozen replies takes
local user, id, verifier = KEYS[1], ARGV[1], ARGV[2]
local found = redis.call('HMGET', user, id, id .. ':i')
local record, info = found[1], found[2]
if not record or string.sub(record, 1, 43) ~= verifier then
  return nil
end
local expiresAt, absoluteAt = tonumber(string.sub(record, 44, 56)), tonumber(string.sub(record, 57, 69))
local seenAt, idle = tonumber(string.sub(record, 70, 82)), tonumber(string.sub(record, 83, 95))
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now >= expiresAt then
  return nil
end
-- A tenth of the idle timeout passes before it slides, so that most reads write nothing.
if now - seenAt >= idle / 10 and expiresAt < absoluteAt then
  expiresAt, seenAt = math.min(now + idle, absoluteAt), now
  local times = string.format('%013.0f%013.0f%013.0f%013.0f', expiresAt, absoluteAt, seenAt, idle)
  redis.call('HSET', user, id, verifier .. times .. string.sub(record, 96))
  if redis.call('PTTL', user) < expiresAt - now then
    redis.call('PEXPIREAT', user, string.format('%.0f', expiresAt))
  end
end
local keys, data = {}, {}
for name in string.gmatch(string.sub(record, 96), '%S+') do
  keys[#keys + 1] = id .. ':d:' .. name
  data[#data + 1] = '"' .. name .. '":'
end
if #keys > 0 then
  for i, value in ipairs(redis.call('HMGET', user, unpack(keys))) do
    data[i] = data[i] .. value
  end
end
-- Info and values are JSON already, and a field's name has no character to escape.
return string.format(
  '{"info":%s,"lastSeenAt":%.0f,"expiresAt":%.0f,"absoluteExpiresAt":%.0f,"data":{%s}}',
  info, seenAt, expiresAt, absoluteAt, table.concat(data, ',')
)
