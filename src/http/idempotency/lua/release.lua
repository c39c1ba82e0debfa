-- Gives a claim back after a request that changed nothing, so that a retry is a first try.
-- KEYS: answer
-- ARGV: fingerprint, claim
-- Reply: 1 released | 0 the claim is not this request's any more
if redis.call('GET', KEYS[1]) ~= 'P' .. ARGV[1] .. ARGV[2] then
  return 0
end
return redis.call('DEL', KEYS[1])
