-- A consumer ends: acknowledges what it has done, wakes another in its place, and is forgotten unless something is still pending
-- with it.
-- KEYS: stream, idle, retries, lanes, turns
-- ARGV: group, consumer, channel, clustered
-- Reply: 1 it is forgotten | 0 it has entries pending
-- The ids to acknowledge come after the arguments.
if #ARGV > 4 then
  redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 5))
  lanes_of(KEYS[4], KEYS[5], KEYS[3]).leave(ARGV, 5)
end
redis.call('ZREM', KEYS[2], ARGV[1] .. ' ' .. ARGV[3])
wake(KEYS[2], KEYS[1], ARGV[4] == '1')
if redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])[1] then
  return 0
end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
