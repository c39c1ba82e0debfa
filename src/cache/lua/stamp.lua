-- The stamp of a tag, which the entries that are stored now will bear; a new one where there is none.
-- KEYS: tag
-- ARGV: fresh, ttlMs
-- Reply: the stamp: 6 bytes of the time in ms at which the tag was invalidated last (0: not known to be), 12 unlike any other
-- It outlives the entries that bear it: without it they would be as good as invalidated, which is safe and no use.
local stamp = redis.call('GET', KEYS[1])
if not stamp then
  stamp = string.rep('\0', 6) .. ARGV[1]
  redis.call('SET', KEYS[1], stamp, 'PX', 2 * ARGV[2])
elseif redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], 2 * ARGV[2])
end
return stamp
