-- Keeps late holders of a lock from a resource: for any script that writes under a lease. `mark` is a key of the resource.
-- Tokens are µs of Redis TIME: one that is older than a mark lives is refused without one.
local MARK_LIFE_MS = 604800000

-- True when no higher token was here before; then this one is the mark. The holder of a lease may come again.
local function admit(mark, token)
  local time, last = redis.call('TIME'), redis.call('GET', mark)
  local oldest = time[1] * 1000000 + time[2] - MARK_LIFE_MS * 1000
  if tonumber(token) < math.max(tonumber(last or 0), oldest) then
    return false
  end
  redis.call('SET', mark, token, 'PX', MARK_LIFE_MS)
  return true
end
