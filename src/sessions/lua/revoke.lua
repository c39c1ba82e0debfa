-- Ends one session: whoever holds its secret may, so that a logout is one round trip.
-- KEYS: user
-- ARGV: id, verifier, channel
-- Reply: nil no such session | ![info] where an old secret ended it | [info] revoked
local user, id = KEYS[1], ARGV[1]
local how, record, _, _, _, _, number, parts, count = open(user, id, ARGV[2])
if not how then
  return record
end
local info = textOf(user, number, 'i', (chunksOf(parts)))
remove(user, id, number, parts, count)
if ARGV[3] ~= '' then
  redis.call('PUBLISH', ARGV[3], user)
end
return '[' .. info .. ']'
