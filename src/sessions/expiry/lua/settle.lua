-- Ends a claim: notes when to look next, or that there is nothing more. A claim that is no longer its own changes nothing.
-- KEYS: due
-- ARGV: tag, claim, nextAt, keepMs
-- Reply: 1 settled | 0 the claim has run out, or a login has noted another time
local due, tag = KEYS[1], ARGV[1]
local noted = redis.call('ZSCORE', due, tag)
if not noted or tonumber(noted) ~= tonumber(ARGV[2]) then
  return 0
end
local nextAt = tonumber(ARGV[3])
if nextAt == 0 then
  redis.call('ZREM', due, tag)
else
  redis.call('ZADD', due, string.format('%d', nextAt), tag)
  redis.call('PEXPIREAT', due, string.format('%d', nextAt + tonumber(ARGV[4])), 'GT')
end
return 1
