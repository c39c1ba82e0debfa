-- Where each of some members ranks.
-- KEYS: board, set, members, metadata
-- ARGV: version, fromMs, untilMs, width
-- Reply: a refusal, or 1, how many there are, and for each member its rank from 0, the halves of its score and its metadata;
--   -1 and three times 0 for who is not ranked. The members follow the arguments.
local refused = refusal(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if refused then
  return refused
end
local set, members, metadata, width = KEYS[2], KEYS[3], KEYS[4], tonumber(ARGV[4])
local keeps = redis.call('EXISTS', metadata) == 1
local reply = { 1, redis.call('ZCARD', set) }
for index = 5, #ARGV do
  local id = ARGV[index]
  local high, low, place = scoreOf(set, members, id, width)
  local rank = high and redis.call('ZRANK', set, width == 0 and id or place .. id)
  reply[#reply + 1] = rank or -1
  reply[#reply + 1] = rank and spelt(high, width) or 0
  reply[#reply + 1] = rank and low or 0
  reply[#reply + 1] = rank and keeps and redis.call('HGET', metadata, id) or 0
end
return reply
