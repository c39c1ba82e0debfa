-- Says that a consumer is still at work on entries, so that nobody takes them for left.
-- KEYS: stream
-- ARGV: group, consumer
-- Reply: the ids that are not the consumer's any more
-- The ids come after the arguments.
local lost = {}
for at = 3, #ARGV do
  local id = ARGV[at]
  if redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2])[1] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'JUSTID')
  else
    table.insert(lost, id)
  end
end
return lost
