-- One turn of a consumer: acknowledges what it has done, and takes what there is, first what is due again, then what consumers that
-- are gone have left, then what is new. Who finds less than it has room for waits to be woken by the next event.
-- KEYS: stream, idle, settings, retries, dead, lanes, turns
-- ARGV: group, consumer, channel, count, looksAfter, waiter
-- Reply: {entries of {id, fields, deliveries}, 1 for more at once | 0, ms until the next is due | -1, acknowledged, buried,
--   when it was given, epoch ms, and ackTimeoutMs to who looks after what was left}
-- `waiter` is what stands before the channel in the set of those who wait; empty for who does not wait.
-- The ids to acknowledge come after the arguments.
local stream, group, consumer, retries = KEYS[1], ARGV[1], ARGV[2], KEYS[4]
local count, acked = tonumber(ARGV[4]), 0
local lanes = lanes_of(KEYS[6], KEYS[7], retries)
if #ARGV > 6 then
  acked = redis.call('XACK', stream, group, unpack(ARGV, 7))
  lanes.leave(ARGV, 7)
end
local again = { delivered = {}, buried = 0 }
local fresh, due_ms, max, idle_ms = 0, -1, nil, nil
local has_retries = redis.call('EXISTS', retries) == 1
if has_retries or ARGV[5] == '1' then
  max, idle_ms = unpack(redis.call('HMGET', KEYS[3], 'maxDeliveries', 'ackTimeoutMs'))
  if not max then
    return redis.error_reply('NOGROUP without settings there is no group')
  end
  again = redelivery(stream, group, consumer, lanes, tonumber(max), burial(stream, KEYS[5], group, lanes))
  take_due(again, retries, stream, group, lanes, count)
  if ARGV[5] == '1' then
    take_left(again, retries, stream, group, lanes, idle_ms, count)
  end
end
local room = count - #again.delivered
if room > 0 and not lanes.is_full then
  fresh = take_fresh(again.delivered, stream, group, consumer, lanes, room)
end
local name = ARGV[6] .. ' ' .. ARGV[3]
if ARGV[6] ~= '' and fresh < room then
  -- A Redis that is full refuses it, and gives what there is all the same.
  redis.pcall('ZADD', KEYS[2], nowMs(), name)
  redis.call('PEXPIRE', KEYS[2], 600000)
elseif ARGV[6] ~= '' and count > 0 then
  redis.call('ZREM', KEYS[2], name)
end
if has_retries or lanes.in_use then
  local next_due = redis.call('ZRANGE', retries, 0, 0, 'WITHSCORES')[2]
  due_ms = next_due and math.max(0, next_due - nowMs()) or -1
end
return { again.delivered, (count > 0 and fresh >= room) and 1 or 0, due_ms, acked, again.buried, nowMs(), idle_ms }
