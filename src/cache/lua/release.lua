-- Gives a lease back after a load that failed, so that the next caller may try.
-- KEYS: entry
-- ARGV: lease, channel
-- Reply: 1 released | 0 the lease was gone
if redis.call('GETRANGE', KEYS[1], 19, 30) ~= ARGV[1] then
  return 0
end
if redis.call('GETRANGE', KEYS[1], 1, 6) == string.rep('\0', 6) then
  redis.call('DEL', KEYS[1])
else
  redis.call('SETRANGE', KEYS[1], 13, string.rep('\0', 18))
end
if ARGV[2] ~= '' then
  redis.call('PUBLISH', ARGV[2], KEYS[1])
end
return 1
