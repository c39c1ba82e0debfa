-- Ends one session: whoever holds its secret may, so that a logout is one round trip.
-- KEYS: user
-- ARGV: id, verifier
-- Reply: 1 revoked | 0 no such session
local user, id = KEYS[1], ARGV[1]
local found = redis.call('HMGET', user, id .. ':v', id .. ':n')
if not found[1] or found[1] ~= ARGV[2] then
  return 0
end
local names = { id .. ':v', id .. ':t', id .. ':i', id .. ':n' }
for name in string.gmatch(found[2] or '', '%S+') do
  names[#names + 1] = id .. ':d:' .. name
end
redis.call('HDEL', user, unpack(names))
return 1
