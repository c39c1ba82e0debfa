-- Ends a lease, or the wait for it, and grants what that makes free: to those who wait, in their order. The caller may ask
-- for its own next lease in the same call.
-- KEYS: leases, queue, waiters, fence
-- ARGV: id, floor, heeds, next, ttlMs, owner, terms
-- Reply: {1 ended | 0 was not held}, and with `next` what acquire.lua replies to it behind that
if ARGV[4] == '' and redis.call('EXISTS', KEYS[2]) == 0 then
  -- Nobody waits. (Shared leases have a summary, and tokens that are ahead of the clock a mark: that is done below.)
  local text = redis.call('HGET', KEYS[1], ARGV[1])
  if not text then
    return { 0 }
  end
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  if string.sub(text, 1, 1) == 'x' and tonumber(string.sub(text, 20, 35)) < now then
    redis.call('HDEL', KEYS[1], ARGV[1])
    return { tonumber(string.sub(text, 3, 18)) > now and 1 or 0 }
  end
end
-- INCLUDES
local lock = open_lock(KEYS[1], KEYS[2], KEYS[3], KEYS[4])
lock.floor, lock.heeds = tonumber(ARGV[2]), ARGV[3] == '1'
local released = drop(lock, ARGV[1])
if ARGV[4] == '' then
  if redis.call('EXISTS', KEYS[2]) == 1 then
    look(lock)
    promote(lock)
  end
  return { released }
end
return { released, unpack(ask(lock, read_request(lock, ARGV[4], ARGV[5], ARGV[6], ARGV[7]))) }
