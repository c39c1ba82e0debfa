-- Gives leases of a lock, and ends them. A request is { id, mode (x, s, or r: exclusive, and again for its owner), limit, owner }.
-- True when the request may be granted beside what is held.
local function fits(held, request)
  if held.count == 0 then
    return true
  elseif request.mode == 's' then
    return held.mode == 's' and held.count < request.limit
  end
  return request.mode == 'r' and held.mode == 'x' and held.owner == request.owner
end

local function keep_until(lock, ends)
  local at = ceil(ends / 1000)
  if redis.call('PEXPIRETIME', lock.leases) < at then
    redis.call('PEXPIREAT', lock.leases, at)
  end
end

-- Writes the lease of a request that fits. Replies {1, token, end in ms}.
local function grant(lock, request, ttl)
  local held, ends = lock.held, lock.now + ttl
  local mode = request.mode == 's' and 's' or 'x'
  local token = mode == 'x' and held.count > 0 and held.last or mint(lock, ends)
  count(held, mode, ends, token, request.owner)
  redis.call('HSET', lock.leases, request.id, format('%s %.0f %.0f ', mode, ends, token) .. request.owner)
  if mode == 's' then
    summarize(lock)
  end
  keep_until(lock, ends)
  return { 1, format('%.0f', token), ceil(ends / 1000) }
end

-- Makes a lease last for ttl from now on, never shorter than it does. Replies like grant, with the mode, or nothing.
local function renew(lock, id, ttl)
  local text = redis.call('HGET', lock.leases, id)
  if not text then
    return nil
  end
  local mode, ends, token, owner = read_lease(text)
  if ends <= lock.now then
    return nil
  end
  ends = max(ends, lock.now + ttl)
  redis.call('HSET', lock.leases, id, format('%s %.0f %.0f ', mode, ends, token) .. owner)
  keep_until(lock, ends)
  return { 1, format('%.0f', token), ceil(ends / 1000), mode }
end
