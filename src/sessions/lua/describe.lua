-- A session as one JSON text, which a client decodes in a fraction of the time that a list of replies takes:
-- [now, ms since the last use, idleMs, ms until the absolute end, authenticatedAt (0: at its creation), data, device,
-- roles, absoluteMs, user]. Times are differences to now: shorter, and each use sends them.
-- Info, device and data lie as JSON, and a field of data lies with its name.

-- The names of a session's fields by its shape: calls that run together mostly ask for the same.
local shapes = {}
local function shapeOf(number, parts, count, withDevice)
  local infos, devices = chunksOf(parts)
  local names = addNames(addNames({}, number, 'i', infos), number, 'f', count)
  if withDevice then
    addNames(names, number, 'd', devices)
  end
  if parts >= 128 then
    names[#names + 1] = number .. 'r'
  end
  return { names = names, infos = infos, fields = infos + count, devices = withDevice and devices or 0 }
end

local function describe(user, now, seenAt, absoluteAt, idle, number, parts, count, withDevice)
  local key = (number * 256 + parts) * 256 + count
  local shape = shapes[key]
  if not shape then
    shape = shapeOf(number, parts, count, withDevice)
    shapes[key] = shape
  end
  local infos, fields = shape.infos, shape.fields
  local values = redis.call('HMGET', user, unpack(shape.names))
  local authenticatedAt = parts >= 128 and struct.unpack('>I6', values[#values]) or 0
  return string.format(
    '[%d,%d,%d,%d,%d,{%s},[%s],%s]', now, now - seenAt, idle, absoluteAt - now, authenticatedAt,
    table.concat(values, ',', infos + 1, fields),
    table.concat(values, '', fields + 1, fields + shape.devices),
    table.concat(values, '', 1, infos)
  )
end
