-- A session as one JSON text, which a client decodes in a fraction of the time that a list of replies takes:
-- [now, seenAt, idleMs, absoluteAt, authenticatedAt (0: at its creation), data, device, roles, absoluteMs, user]
-- Info, device and data lie as JSON, and a field of data lies with its name.
local function describe(user, now, seenAt, absoluteAt, idle, number, parts, count, withDevice)
  local infos, devices = chunksOf(parts)
  if not withDevice then
    devices = 0
  end
  local names = addNames(addNames({}, number, 'i', infos), number, 'f', count)
  addNames(names, number, 'd', devices)
  if parts >= 128 then
    names[#names + 1] = number .. 'r'
  end
  local values = redis.call('HMGET', user, unpack(names))
  local authenticatedAt = parts >= 128 and struct.unpack('>I6', values[#values]) or 0
  local fields = infos + count
  return string.format(
    '[%.0f,%.0f,%.0f,%.0f,%.0f,{%s},[%s],%s]', now, seenAt, idle, absoluteAt, authenticatedAt,
    table.concat(values, ',', infos + 1, fields),
    table.concat(values, '', fields + 1, fields + devices),
    table.concat(values, '', 1, infos)
  )
end
