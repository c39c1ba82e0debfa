-- Delivers again what is pending, for the script that takes. An entry that was delivered often enough goes to the dead letters.
local function redelivery(stream, group, consumer, lanes, max, bury)
  local again = { delivered = {}, buried = 0 }
  function again.entry(id, deliveries)
    if deliveries >= max then
      if bury(id, deliveries, 'not acknowledged by the last delivery') then
        again.buried = again.buried + 1
      end
      return
    end
    -- Redis leaves out, and forgets, what was trimmed.
    local entry = redis.call('XCLAIM', stream, group, consumer, 0, id)[1]
    if entry then
      table.insert(again.delivered, { entry[1], entry[2], deliveries + 1 })
    else
      lanes.leave({ id })
    end
  end
  -- It waits on for its turn, with one that is there: so who is gone can be forgotten, and nobody looks at it again for as long.
  function again.keep(id)
    redis.call('XCLAIM', stream, group, consumer, 0, id, 'JUSTID')
  end
  return again
end

-- What is due for its next delivery, the longest first.
local function take_due(again, retries, stream, group, lanes, count)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', retries, '-inf', nowMs(), 'LIMIT', 0, count)) do
    redis.call('ZREM', retries, id)
    local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
    if pending then
      again.entry(id, pending[4])
    else
      lanes.leave({ id })
    end
  end
end

-- What its consumers have left alone for so long that they must be gone, over the whole list of what is pending.
local function take_left(again, retries, stream, group, lanes, idle_ms, count)
  local from = '-'
  while #again.delivered < count do
    local page = redis.call('XPENDING', stream, group, 'IDLE', idle_ms, from, '+', 100)
    for _, pending in ipairs(page) do
      local id = pending[1]
      if #again.delivered < count and not redis.call('ZSCORE', retries, id) then
        if lanes.has_turn(id) then
          again.entry(id, pending[4])
        else
          again.keep(id)
        end
      end
      from = '(' .. id
    end
    if #page < 100 then
      return
    end
  end
end
