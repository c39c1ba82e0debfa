-- One lock as its scripts see it. The leases are a hash: id -> '<x exclusive, s shared> <end> <token> <owner>'; ends and tokens
-- are µs of Redis TIME. Shared ones have '.' beside them, '<earliest end> <last token>': they are walked through only when one
-- of them may have ended.
local format, match, max, min, ceil = string.format, string.match, math.max, math.min, math.ceil

local function open_lock(leases, queue, waiters, fence)
  local time = redis.call('TIME')
  local held = { count = 0, mode = '', first = 0, last = 0, owner = '' }
  local now = time[1] * 1000000 + time[2]
  return { leases = leases, queue = queue, waiters = waiters, fence = fence, now = now, held = held, floor = 0 }
end

local function read_lease(text)
  local mode, ends, token, owner = match(text, '^(%a) (%d+) (%d+) (.*)$')
  return mode, tonumber(ends), tonumber(token), owner
end

local function summarize(lock)
  local held = lock.held
  redis.call('HSET', lock.leases, '.', format('%.0f %.0f', held.first, held.last))
end

-- Counts a lease among those that are held.
local function count(held, mode, ends, token, owner)
  held.first = held.count == 0 and ends or min(held.first, ends)
  held.count, held.mode, held.owner, held.last = held.count + 1, mode, owner, max(held.last, token)
end

-- Drops what has ended, and sees what is held: how many, of which mode, when the first ends, the last token.
local function look(lock)
  local leases, held = lock.leases, lock.held
  local summary = redis.call('HGET', leases, '.')
  if summary then
    local first, last = match(summary, '^(%d+) (%d+)$')
    held.first, held.last = tonumber(first), tonumber(last)
    if held.first > lock.now then
      held.count, held.mode = redis.call('HLEN', leases) - 1, 's'
      return
    end
  end
  local all = redis.call('HGETALL', leases)
  for at = 1, #all, 2 do
    if all[at] ~= '.' then
      local mode, ends, token, owner = read_lease(all[at + 1])
      if ends > lock.now then
        count(held, mode, ends, token, owner)
      else
        held.last = max(held.last, token)
        redis.call('HDEL', leases, all[at])
      end
    end
  end
  if summary and held.count > 0 then
    summarize(lock)
  elseif summary then
    redis.call('DEL', leases)
  end
end
