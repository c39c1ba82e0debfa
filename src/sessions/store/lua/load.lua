-- Reads a framework's session, and the time that it has left.
-- KEYS: session
-- ARGV:
-- Reply: nil no such session | {milliseconds left, property, JSON, property, JSON ...}
local reply = redis.call('HGETALL', KEYS[1])
if #reply == 0 then
  return nil
end
table.insert(reply, 1, redis.call('PTTL', KEYS[1]))
return reply
