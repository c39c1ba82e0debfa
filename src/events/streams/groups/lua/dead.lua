-- Takes a pending entry out of its group and keeps it in the group's dead letters, in the same step, so it stands there once. An entry
-- that the cap has trimmed meanwhile leaves no event. A Redis that is full takes no letter, and the entry stays pending.
local function bury(stream, dead, group, id, deliveries, reason)
  local entry = redis.call('XRANGE', stream, id, id)[1]
  local event = ''
  for at = 1, entry and #entry[2] or 0, 2 do
    event = entry[2][at] == 'e' and entry[2][at + 1] or event
  end
  local letter = redis.pcall('XADD', dead, '*', 'id', id, 'e', event, 'reason', reason, 'deliveries', deliveries)
  if type(letter) == 'table' then
    return false
  end
  redis.call('XACK', stream, group, id)
  return true
end
