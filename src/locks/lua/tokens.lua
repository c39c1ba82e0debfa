-- Fencing tokens: µs of Redis TIME, and never one that is not above all before it (docs/adr/0031).
-- Remembers a token that is ahead of the clock until the clock has caught up: then its lease is no longer needed to know it.
local function mark(lock, token)
  redis.call('SET', lock.fence, format('%.0f', token), 'PX', ceil((token - lock.now) / 1000) + 1)
end

-- A token above all before it, for a lease until `ends`.
local function mint(lock, ends)
  local last = max(lock.held.last, lock.floor, tonumber(redis.call('GET', lock.fence) or 0))
  if last < lock.now then
    return lock.now
  elseif last + 1 >= ends then
    mark(lock, last + 1)
  end
  return last + 1
end
