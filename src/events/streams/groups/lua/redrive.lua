-- Publishes dead letters again, to their group alone: the field g names it. A letter without an event stays where it is.
-- KEYS: stream, idle, dead
-- ARGV: group, clustered
-- Reply: how many
-- The ids of the letters come after the arguments.
local redriven = 0
for at = 3, #ARGV do
  local letter = redis.call('XRANGE', KEYS[3], ARGV[at], ARGV[at])[1]
  local event, key = field(letter, 'e'), field(letter, 'k')
  if event and event ~= '' then
    local fields = { 'e', event, 'g', ARGV[1], key and 'k', key }
    redis.call('XADD', KEYS[1], '*', unpack(fields))
    redis.call('XDEL', KEYS[3], ARGV[at])
    redriven = redriven + 1
  end
end
if redriven > 0 then
  wake(KEYS[2], KEYS[1], ARGV[2] == '1')
end
return redriven
