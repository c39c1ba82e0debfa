-- What sorts those of one score by when they reached it: a number that grows with each change on the board.
local function nextTie(board)
  if board.tie == 0 then
    return ''
  end
  local change = redis.call('HINCRBY', board.key, 'changes', 1)
  return struct.pack('>I6', board.tie > 0 and change or 281474976710655 - change)
end

-- A window that has its first member is noted, so that it can be found and removed, and ends by itself.
local function begin(board, window)
  if redis.call('ZCARD', window.set) > 1 then
    return
  end
  local ends = window.endsAt > 0
  if ends then
    redis.call('PEXPIREAT', window.set, window.endsAt)
    redis.call('PEXPIREAT', window.members, window.endsAt)
    redis.call('ZREMRANGEBYSCORE', board.periods, '-inf', nowMs())
  end
  redis.call('ZADD', board.periods, ends and window.endsAt or '+inf', window.name)
end

-- What goes with a member's entry; `null` takes it away. It ends with the set, whose end is that of when the window began.
local function keep(window, id, metadata)
  if metadata == 'null' then
    redis.call('HDEL', window.metadata, id)
  elseif redis.call('HSET', window.metadata, id, metadata) == 1 and window.endsAt > 0 then
    redis.call('PEXPIREAT', window.metadata, redis.call('PEXPIRETIME', window.set))
  end
end
