-- Forgets the consumers of processes that are gone: those that have nothing pending and have not asked for so long. One that is alive all
-- the same is known again when it asks.
-- KEYS: stream
-- ARGV: group, idleMs
-- Reply: how many
local swept = 0
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  -- name, pending, idle
  if consumer[4] == 0 and consumer[6] >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer[2])
    swept = swept + 1
  end
end
return swept
