-- Takes a pending entry out of its group and keeps it in the group's dead letters, in the same step, so it stands there once. An entry
-- that the cap has trimmed meanwhile leaves no event. A Redis that is full takes no letter, and the entry stays pending.
local function burial(stream, dead, group, lanes)
  return function(id, deliveries, reason)
    local entry = redis.call('XRANGE', stream, id, id)[1]
    local letter = { 'id', id, 'e', field(entry, 'e') or '', 'reason', reason, 'deliveries', deliveries }
    local key = field(entry, 'k')
    if key then
      table.insert(letter, 'k')
      table.insert(letter, key)
    end
    if type(redis.pcall('XADD', dead, '*', unpack(letter))) == 'table' then
      return false
    end
    redis.call('XACK', stream, group, id)
    lanes.leave({ id })
    return true
  end
end
