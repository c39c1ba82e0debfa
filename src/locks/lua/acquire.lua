-- Asks for a lease, and takes a place in the queue when there is none to be had and the caller waits. The same id asks
-- again without harm: for a reply that was lost, as a waiter's sign of life, and to answer a grant.
-- KEYS: leases, queue, waiters, fence
-- ARGV: id, mode, limit, ttlMs, ageMs, waits, crowd, channel, heeds, floor, owner
-- Reply: {1, token, end in epoch ms} granted | {0, ms until the first lease ends, ms after which to ask again}
local lock = open_lock(KEYS[1], KEYS[2], KEYS[3], KEYS[4])
lock.heeds, lock.floor = ARGV[9] == '1', tonumber(ARGV[10])
return ask(lock, {
  id = ARGV[1],
  mode = ARGV[2],
  limit = tonumber(ARGV[3]),
  ttl = ARGV[4] * 1000,
  age = ARGV[5] * 1000,
  waits = ARGV[6] == '1',
  crowd = ARGV[7],
  channel = ARGV[8],
  heard = lock.now,
  owner = ARGV[11],
})
