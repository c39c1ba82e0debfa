-- Ends the lease of an id, or its wait. Replies 1 when it was held until now.
local function drop(lock, id)
  local text = redis.call('HGET', lock.leases, id)
  if not text then
    leave(lock, id)
    return 0
  end
  local mode, ends, token = read_lease(text)
  redis.call('HDEL', lock.leases, id)
  if mode == 's' and redis.call('HLEN', lock.leases) == 1 then
    redis.call('DEL', lock.leases)
  end
  -- Of this lease nothing is left: what follows, in this call and after it, must know its token.
  lock.floor = max(lock.floor, token)
  if token >= lock.now then
    mark(lock, token)
  end
  return ends > lock.now and 1 or 0
end
