-- Ends the session of an id, for its user or an administrator, who hold no secret of it.
-- KEYS: user
-- ARGV: id, channel
-- Reply: 1 revoked | 0 no such session
local user, id = KEYS[1], ARGV[1]
-- Other fields have shorter names.
local record = #id == 22 and redis.call('HGET', user, id)
if not record then
  return 0
end
local seenAt, absoluteAt, idle, number, parts, count = struct.unpack(LAYOUT, record, 44)
local now = nowMs()
if now >= seenAt + idle or now >= absoluteAt then
  return 0
end
remove(user, id, number, parts, count)
if ARGV[2] ~= '' then
  redis.call('PUBLISH', ARGV[2], user)
end
return 1
