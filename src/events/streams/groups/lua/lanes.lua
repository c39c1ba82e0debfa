-- Keeps events of one key in their order: of each key one entry is in delivery, and those after it wait until it has left the group.
-- `lanes` is a hash of the digest of its key by the id of each entry in flight that has one; `turns` a sorted set of equal scores, in
-- which the entries of a key stand in the order of their ids, and the id at the end. Who comes first has its turn.
local function lanes_of(lanes, turns, retries)
  local count = redis.call('ZCARD', turns)
  -- When it is full, what is new waits in the stream: a key that is stuck does not draw all of it in here.
  local own = { in_use = count > 0, is_full = count >= 10000 }

  local function place(lane, id)
    local ms, seq = string.match(id, '^(%d+)%-(%d+)$')
    return lane .. string.rep('0', 20 - #ms) .. ms .. string.rep('0', 20 - #seq) .. seq .. ' ' .. id
  end
  local function first(lane)
    local found = redis.call('ZRANGEBYLEX', turns, '[' .. lane, '(' .. lane .. ':', 'LIMIT', 0, 1)[1]
    return found and string.match(found, ' (.+)$')
  end
  local function lane_of(id)
    return own.in_use and redis.call('HGET', lanes, id)
  end

  -- Whether an entry may be delivered.
  function own.has_turn(id)
    local lane = lane_of(id)
    return not lane or first(lane) == id
  end

  -- An entry comes to its group. Returns whether it has its turn, and who has.
  function own.enter(id, key)
    local lane = redis.sha1hex(key)
    own.in_use = true
    redis.call('HSET', lanes, id, lane)
    redis.call('ZADD', turns, 0, place(lane, id))
    local turn = first(lane)
    return turn == id, turn
  end

  -- Entries, of a list from a place on, have left their group: the next ones of their keys are due. Returns whether there are any.
  function own.leave(ids, from)
    local is_due = false
    for at = from or 1, own.in_use and #ids or 0 do
      local id, lane = ids[at], lane_of(ids[at])
      if lane then
        local had_turn = first(lane) == id
        redis.call('HDEL', lanes, id)
        redis.call('ZREM', turns, place(lane, id))
        local next_id = had_turn and first(lane)
        if next_id then
          redis.call('ZADD', retries, 0, next_id)
          redis.call('PEXPIRE', retries, math.max(redis.call('PTTL', retries), 86400000))
          is_due = true
        end
      end
    end
    return is_due
  end
  return own
end
