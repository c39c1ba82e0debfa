-- Asks for a lease, and takes a place in the queue when there is none to be had and the caller waits. The same id asks
-- again without harm: for a reply that was lost, as a waiter's sign of life, and to answer a grant.
-- KEYS: leases, queue, waiters, fence
-- ARGV: id, ttlMs, floor, heeds, owner, terms
-- Reply: {1, token, end in epoch ms} granted | {0, ms until the first lease ends, ms after which to ask again}
if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[4]) == 0 then
  -- Free, and nobody waits.
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  if now > tonumber(ARGV[3]) then
    local ends, token = now + ARGV[2] * 1000, string.format('%.0f', now)
    local mode = string.sub(ARGV[6], 1, 1) == 's' and 's' or 'x'
    redis.call('HSET', KEYS[1], ARGV[1], string.format('%s %.0f %s ', mode, ends, token) .. ARGV[5])
    if mode == 's' then
      redis.call('HSET', KEYS[1], '.', string.format('%.0f %s', ends, token))
    end
    redis.call('PEXPIREAT', KEYS[1], math.ceil(ends / 1000))
    return { 1, token, math.ceil(ends / 1000) }
  end
end
-- INCLUDES
local lock = open_lock(KEYS[1], KEYS[2], KEYS[3], KEYS[4])
lock.floor, lock.heeds = tonumber(ARGV[3]), ARGV[4] == '1'
return ask(lock, read_request(lock, ARGV[1], ARGV[2], ARGV[5], ARGV[6]))
