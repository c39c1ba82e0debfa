-- Shows who holds a lock and who waits for it; changes nothing.
-- KEYS: leases, queue, waiters
-- ARGV:
-- Reply: {{mode, token, end in epoch ms, owner} of each lease}, {channel, how many wait there} of each process
local lock = open_lock(KEYS[1], KEYS[2], KEYS[3])
local holders, waiting = {}, {}
local leases, waiters = redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[3])
for at = 2, #leases, 2 do
  local mode, ends, token, owner = read_lease(leases[at])
  if mode and ends > lock.now then
    holders[#holders + 1] = { mode, format('%.0f', token), ceil(ends / 1000), owner }
  end
end
for at = 1, #waiters, 2 do
  local waiter = read_waiter(waiters[at], waiters[at + 1])
  if waiter.heard + LIFE > lock.now and redis.call('ZSCORE', KEYS[2], waiter.id) then
    waiting[#waiting + 1] = { waiter.channel, tonumber(waiter.crowd) }
  end
end
return { holders, waiting }
