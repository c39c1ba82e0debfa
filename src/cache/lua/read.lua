-- Reads an entry; on a miss exactly one caller gets the lease to fill it.
-- KEYS: entry
-- ARGV: lease, leaseTtlMs
-- Reply: the entry: `V<value>`, or `L<lease>` of whoever fills it: the caller when the lease is its own
-- A lease lives in the entry's own key, so whatever deletes the entry kills the lease as well: a value that was
-- loaded before an invalidation is never stored after it.
local entry = redis.call('GET', KEYS[1])
if entry then
  return entry
end
entry = 'L' .. ARGV[1]
redis.call('SET', KEYS[1], entry, 'PX', ARGV[2])
return entry
