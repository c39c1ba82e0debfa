-- One turn of a consumer: acknowledges what it has done, and takes what there is, first what is due again, then what consumers that
-- are gone have left, then what is new. Who finds less than it has room for waits to be woken by the next event.
-- KEYS: stream, idle, settings, retries, dead
-- ARGV: group, consumer, channel, count, looksAfter, waiter
-- Reply: {entries of {id, fields, deliveries}, 1 for more at once | 0, ms until the next is due | -1, acknowledged, buried,
--   when it was given, epoch ms, and ackTimeoutMs to who looks after what was left}
-- `waiter` is what stands before the channel in the set of those who wait; empty for who does not wait.
-- The ids to acknowledge come after the arguments.
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local count, acked = tonumber(ARGV[4]), 0
if #ARGV > 6 then
  acked = redis.call('XACK', stream, group, unpack(ARGV, 7))
end
local again = { delivered = {}, buried = 0 }
local fresh, due_ms, max, idle_ms = 0, -1, nil, nil
local has_retries = redis.call('EXISTS', KEYS[4]) == 1
if has_retries or ARGV[5] == '1' then
  max, idle_ms = unpack(redis.call('HMGET', KEYS[3], 'maxDeliveries', 'ackTimeoutMs'))
  if not max then
    return redis.error_reply('NOGROUP without settings there is no group')
  end
  again = redelivery(stream, KEYS[5], group, consumer, tonumber(max))
  take_due(again, KEYS[4], stream, group, count)
  if ARGV[5] == '1' then
    take_left(again, KEYS[4], stream, group, idle_ms, count)
  end
end
local room = count - #again.delivered
if room > 0 then
  local read = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', room, 'STREAMS', stream, '>')
  for _, entry in ipairs(read and read[1][2] or {}) do
    fresh = fresh + 1
    -- What was redriven by one group is none of the others' business.
    if entry[2][3] == 'g' and entry[2][4] ~= group then
      redis.call('XACK', stream, group, entry[1])
    else
      table.insert(again.delivered, { entry[1], entry[2], 1 })
    end
  end
end
local name = ARGV[6] .. ' ' .. ARGV[3]
if ARGV[6] ~= '' and fresh < room then
  -- A Redis that is full refuses it, and gives what there is all the same.
  redis.pcall('ZADD', KEYS[2], nowMs(), name)
  redis.call('PEXPIRE', KEYS[2], 600000)
elseif ARGV[6] ~= '' and count > 0 then
  redis.call('ZREM', KEYS[2], name)
end
if has_retries then
  local next_due = redis.call('ZRANGE', KEYS[4], 0, 0, 'WITHSCORES')[2]
  due_ms = next_due and math.max(0, next_due - nowMs()) or -1
end
return { again.delivered, (count > 0 and fresh >= room) and 1 or 0, due_ms, acked, again.buried, nowMs(), idle_ms }
