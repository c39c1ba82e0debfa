-- Keeps the answer of the request that holds the claim; a claim that was lost keeps nothing.
-- KEYS: answer
-- ARGV: fingerprint, claim, sealed, ttlMs
-- Reply: 1 kept | 0 the claim is not this request's any more
if redis.call('GET', KEYS[1]) ~= 'P' .. ARGV[1] .. ARGV[2] then
  return 0
end
redis.call('SET', KEYS[1], 'D' .. ARGV[1] .. ARGV[3], 'PX', ARGV[4])
return 1
