-- Changes and reads a session, in use as for verify. Whoever cannot open it writes nothing, so no write brings back
-- a session that has ended.
-- KEYS: user
-- ARGV: id, verifier, set, unset, increment, maxBytes, maxFields, keepMs, channel
-- Reply: nil | ![info] where an old secret ended the session | 1 too much data | 2 no number to add to |
--   the session as JSON, with its device
--   set, increment: a line a field, as "name":value; unset: names with spaces between them
local user, id, keepMs = KEYS[1], ARGV[1], tonumber(ARGV[8])
local how, record, now, seenAt, absoluteAt, idle, number, parts, count = open(user, id, ARGV[2])
if not how then
  return record
end
local before, changes = count, ARGV[3] ~= '' or ARGV[4] ~= '' or ARGV[5] ~= ''
if changes then
  local lines = count > 0 and redis.call('HMGET', user, unpack(addNames({}, number, 'f', count))) or {}
  local left, bytes, dirty = changeData(lines, ARGV[3], ARGV[4], ARGV[5])
  if not left then
    return 2
  end
  if bytes > tonumber(ARGV[6]) or left > tonumber(ARGV[7]) then
    return 1
  end
  local fields, gone = {}, {}
  for i in pairs(dirty) do
    if lines[i] then
      fields[#fields + 1] = number .. 'f' .. i
      fields[#fields + 1] = lines[i]
    end
  end
  for i = left + 1, count do
    gone[#gone + 1] = number .. 'f' .. i
  end
  if #fields > 0 then
    redis.call('HSET', user, unpack(fields))
  end
  if #gone > 0 then
    redis.call('HDEL', user, unpack(gone))
  end
  count = left
  if ARGV[9] ~= '' then
    redis.call('PUBLISH', ARGV[9], user)
  end
end
local slides = now - seenAt >= idle / 10
if slides or count ~= before then
  seenAt = slides and now or seenAt
  save(user, id, keepMs, string.sub(record, 1, 43), seenAt, absoluteAt, idle, number, parts, count)
end
return describe(user, now, seenAt, absoluteAt, idle, number, parts, count, true)
