-- Takes users that are due, for one replica to look at. Whoever does not settle them in time loses them to the next.
-- KEYS: due
-- ARGV: leaseMs, most
-- Reply: tags and the scores of their claims, in turn
local due, now = KEYS[1], nowMs()
local tags = redis.call('ZRANGE', due, '-inf', string.format('%d', now), 'BYSCORE', 'LIMIT', 0, ARGV[2])
local claims = {}
for _, tag in ipairs(tags) do
  local score = string.format('%.1f', now + tonumber(ARGV[1]) + 0.5)
  redis.call('ZADD', due, score, tag)
  claims[#claims + 1] = tag
  claims[#claims + 1] = score
end
return claims
