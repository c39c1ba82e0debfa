-- Asks for a lease, for the scripts that do. The request of an id that holds one already gives it its whole ttl again.
-- A request's terms come in one piece, '<mode> <limit> <ageMs> <waits> <crowd> <channel>', and are read only where they matter.
local function read_request(lock, id, ttl_ms, owner, terms)
  local mode, limit, age, waits, crowd, channel = match(terms, '^(%a) (%d+) ([%d.]+) (%d) (%d+) (.*)$')
  return { id = id, mode = mode, limit = tonumber(limit), ttl = ttl_ms * 1000, age = age * 1000, waits = waits == '1',
    crowd = crowd, channel = channel, heard = lock.now, owner = owner }
end

-- A waiter that is new, or was forgotten, enters the queue where it arrived; one that is known keeps its place.
local function enter(lock, request)
  redis.call('ZADD', lock.queue, 'NX', format('%.0f', lock.now - request.age), request.id)
  redis.call('PEXPIRE', lock.queue, KEY_TTL_MS)
end

-- What a request that was not granted is told: {0, ms until the first lease ends, ms after which to ask again}.
local function refuse(lock, request)
  local now, held = lock.now, lock.held
  local ends_in = max(ceil((held.first - now) / 1000), 1)
  if not request.waits then
    return { 0, ends_in, 0 }
  end
  local is_head = redis.call('ZRANGE', lock.queue, 0, 0)[1] == request.id
  request.looks = is_head and min(held.first, now + LOOK) or now + LOOK
  write_waiter(lock, request)
  redis.call('PEXPIRE', lock.waiters, KEY_TTL_MS)
  return { 0, ends_in, max(ceil((request.looks - now) / 1000), 1) }
end

-- Replies as acquire.lua says.
local function ask(lock, request)
  local own = renew(lock, request.id, request.ttl)
  if own then
    return own
  end
  look(lock)
  local queued = redis.call('EXISTS', lock.queue) == 1
  if (request.mode == 'r' or not queued) and fits(lock.held, request) then
    leave(lock, request.id)
    return grant(lock, request, request.ttl)
  end
  if request.waits then
    enter(lock, request)
  end
  promote(lock, request.waits and request)
  if lock.granted then
    return lock.granted
  elseif not request.waits and fits(lock.held, request) and redis.call('EXISTS', lock.queue) == 0 then
    return grant(lock, request, request.ttl)
  end
  return refuse(lock, request)
end
