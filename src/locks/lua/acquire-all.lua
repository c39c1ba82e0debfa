-- Acquires several locks if all of them are free and nobody waits for one; else none.
-- KEYS:
-- ARGV: mode, ttlMs, floor, owner
-- Reply: {1, token, end in epoch ms}, the same for all | nothing: one is not free, or was of late
-- The keys are leases, queue and fence of each lock; after the arguments comes the id of each lease.
if redis.call('EXISTS', unpack(KEYS)) > 0 then
  return nil
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if now <= tonumber(ARGV[3]) then
  return nil
end
local ends, token = now + ARGV[2] * 1000, string.format('%.0f', now)
for at = 1, #KEYS, 3 do
  local id = ARGV[4 + (at + 2) / 3]
  redis.call('HSET', KEYS[at], id, string.format('%s %.0f %s ', ARGV[1], ends, token) .. ARGV[4])
  if ARGV[1] == 's' then
    redis.call('HSET', KEYS[at], '.', string.format('%.0f %s', ends, token))
  end
  redis.call('PEXPIREAT', KEYS[at], math.ceil(ends / 1000))
end
return { 1, token, math.ceil(ends / 1000) }
