-- Gives a lease back after a load that failed, so that the next caller may try.
-- KEYS: entry
-- ARGV: lease
-- Reply: 1 released | 0 the lease was gone
if redis.call('GET', KEYS[1]) ~= 'L' .. ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
