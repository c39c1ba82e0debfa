-- An effect in Redis and the acknowledgement of its event, together: whoever comes second has no effect.
-- KEYS: stream, retries, lanes, turns
-- ARGV: group, id
-- Reply: 1 applied | 0 it was acknowledged before
-- After the arguments come the commands: for each the number of its words, and the words.
if not redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)[1] then
  return 0
end
local at = 3
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  redis.call(unpack(ARGV, at + 1, at + words))
  at = at + words + 1
end
lanes_of(KEYS[3], KEYS[4], KEYS[2]).leave({ ARGV[2] })
return redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
