-- Whether an entry with more than an event may be delivered now.
local function may_deliver(entry, stream, group, consumer, lanes)
  local id, key, only = entry[1], field(entry, 'k'), field(entry, 'g')
  -- What was redriven by one group is none of the others' business.
  if only and only ~= group then
    redis.call('XACK', stream, group, id)
    return false
  end
  if not key then
    return true
  end
  local has_turn, turn = lanes.enter(id, key)
  if not has_turn then
    -- It was not delivered yet.
    redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', 0, 'JUSTID')
    -- Who has the turn may be pending no more: the group, or its stream, was removed meanwhile.
    if not redis.call('XPENDING', stream, group, turn, turn, 1)[1] then
      lanes.leave({ turn })
    end
  end
  return has_turn
end

-- Takes what is new, for the script that takes, and adds what may be delivered now, as {id, fields, 1}. Returns how much was read.
local function take_fresh(delivered, stream, group, consumer, lanes, room)
  local read = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', room, 'STREAMS', stream, '>')
  local entries = read and read[1][2] or {}
  for at = 1, #entries do
    local entry = entries[at]
    local is_plain = #entry[2] == 2
    if is_plain or may_deliver(entry, stream, group, consumer, lanes) then
      entry[3] = 1
      delivered[#delivered + 1] = entry
    end
  end
  return #entries
end
