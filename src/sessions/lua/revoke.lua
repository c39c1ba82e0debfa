-- Ends one session: whoever holds its secret may, so that a logout is one round trip.
-- KEYS: user
-- ARGV: id, verifier
-- Reply: 1 revoked | 0 no such session
local user, id = KEYS[1], ARGV[1]
local record = redis.call('HGET', user, id)
if not record or string.sub(record, 1, 43) ~= ARGV[2] then
  return 0
end
local names = { id, id .. ':i' }
for name in string.gmatch(string.sub(record, 96), '%S+') do
  names[#names + 1] = id .. ':d:' .. name
end
redis.call('HDEL', user, unpack(names))
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- A session that had expired was not live, whether or not its fields were still there.
return now < tonumber(string.sub(record, 44, 56)) and 1 or 0
