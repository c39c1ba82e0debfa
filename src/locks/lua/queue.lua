-- Those who wait for a lock: a sorted set of ids by arrival (µs), and a hash of what they ask for:
-- id -> '<mode> <limit> <ttl ms> <last heard> <looks at> <how many wait behind it> <channel> <owner>'.
local LIFE, LOOK, HANDOVER, KEY_TTL_MS = 5000000, 2000000, 500000, 10000

local function read_waiter(id, text)
  local mode, limit, ttl, heard, looks, crowd, channel, owner =
    match(text or '', '^(%a) (%d+) (%d+) (%d+) (%d+) (%d+) (%S+) (.*)$')
  if not mode then
    return nil
  end
  return { id = id, mode = mode, limit = tonumber(limit), ttl = tonumber(ttl) * 1000, heard = tonumber(heard),
    looks = tonumber(looks), crowd = crowd, channel = channel, owner = owner }
end

local function write_waiter(lock, waiter)
  local head = format('%s %d %d %.0f %.0f %d %s ', waiter.mode, waiter.limit, waiter.ttl / 1000, waiter.heard,
    waiter.looks, waiter.crowd, waiter.channel)
  redis.call('HSET', lock.waiters, waiter.id, head .. waiter.owner)
end

-- Ends the wait of an id, if it waits.
local function leave(lock, id)
  if redis.call('ZREM', lock.queue, id) == 1 then
    redis.call('HDEL', lock.waiters, id)
  end
end

-- Whoever is at the head looks when the first lease ends; one that would look too late for that is told.
local function warn(lock, waiter)
  local ends = lock.held.first
  if waiter.looks > ends then
    waiter.looks = ends
    write_waiter(lock, waiter)
    redis.call('PUBLISH', waiter.channel,
      format('%d %s %s', ceil((ends - lock.now) / 1000), waiter.id, lock.leases))
  end
end

-- Grants what can be granted to those who live, in their order. `own` is the request of this call, if it waits: its
-- grant is the reply. Others are told by '<ms until they should ask> <id> <leases>', and have until HANDOVER to do so.
local function promote(lock, own)
  while true do
    local id = redis.call('ZRANGE', lock.queue, 0, 0)[1]
    local waiter = own and id == own.id and own or id and read_waiter(id, redis.call('HGET', lock.waiters, id))
    if not id then
      return
    elseif waiter and waiter.heard + LIFE > lock.now and not fits(lock.held, waiter) then
      return waiter ~= own and warn(lock, waiter)
    end
    leave(lock, id)
    if waiter and waiter == own then
      lock.granted = grant(lock, own, own.ttl)
    elseif waiter and waiter.heard + LIFE > lock.now then
      local heard_by = redis.call('PUBLISH', waiter.channel, '0 ' .. id .. ' ' .. lock.leases)
      if heard_by > 0 or not lock.heeds then
        grant(lock, waiter, min(waiter.ttl, HANDOVER))
      end
    end
  end
end
