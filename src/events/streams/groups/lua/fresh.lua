-- Takes what is new, for the script that takes, and adds what may be delivered now. Returns how much was read.
local function take_fresh(delivered, stream, group, consumer, lanes, room)
  local read = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', room, 'STREAMS', stream, '>')
  local entries = read and read[1][2] or {}
  for _, entry in ipairs(entries) do
    local id, has_turn, turn = entry[1], true, nil
    local key = #entry[2] > 2 and field(entry, 'k')
    local only = #entry[2] > 2 and field(entry, 'g')
    -- What was redriven by one group is none of the others' business.
    if only and only ~= group then
      redis.call('XACK', stream, group, id)
      has_turn = false
    elseif key then
      has_turn, turn = lanes.enter(id, key)
    end
    if has_turn then
      table.insert(delivered, { id, entry[2], 1 })
    elseif turn then
      -- It was not delivered yet.
      redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', 0, 'JUSTID')
      -- Who has the turn may be pending no more: the group, or its stream, was removed meanwhile.
      if not redis.call('XPENDING', stream, group, turn, turn, 1)[1] then
        lanes.leave({ turn })
      end
    end
  end
  return #entries
end
