-- How a session lies in its user's hash: a record under its id, and what it holds in small fields under its number.
-- Nothing is longer than 64 bytes in an ordinary session, so that the hash keeps Redis' compact encoding.
-- Record: verifier (43 characters), seenAt, absoluteAt, idleMs, number, parts, count of data fields.
-- Parts: chunks of info, 8 times the chunks of the device, and 128 once the secret has been rotated.
local LAYOUT = '>I6I6I5I2BB'
local CHUNK, MAX_CHUNKS = 63, 7

-- What a byte of parts says: chunks of info, chunks of the device.
local function chunksOf(parts)
  return parts % 8, math.floor(parts % 128 / 8)
end

-- Adds the names of a session's fields of one kind: i (info), d (device), f (data).
local function addNames(names, number, kind, count)
  for i = 1, count do
    names[#names + 1] = number .. kind .. i
  end
  return names
end

-- The text that lies in chunks.
local function textOf(user, number, kind, count)
  if count == 0 then
    return ''
  end
  return table.concat(redis.call('HMGET', user, unpack(addNames({}, number, kind, count))))
end

-- Adds a text in chunks to the fields of an HSET. Short ones stay compact; a long one has fewer and longer chunks.
local function addChunks(fields, number, kind, text)
  local size = math.max(CHUNK, math.ceil(#text / MAX_CHUNKS))
  local count = math.ceil(#text / size)
  for i = 1, count do
    fields[#fields + 1] = number .. kind .. i
    fields[#fields + 1] = string.sub(text, (i - 1) * size + 1, i * size)
  end
  return count
end

-- Writes a record. The key lives as long as its longest session: it never cuts another session's life.
local function save(user, id, keepMs, verifier, seenAt, absoluteAt, idle, number, parts, count)
  redis.call('HSET', user, id, verifier .. struct.pack(LAYOUT, seenAt, absoluteAt, idle, number, parts, count))
  local goneAt = string.format('%d', math.min(seenAt + idle, absoluteAt) + keepMs)
  redis.call('PEXPIREAT', user, goneAt, redis.call('PTTL', user) < 0 and 'NX' or 'GT')
end

local function remove(user, id, number, parts, count)
  local infos, devices = chunksOf(parts)
  local names = addNames(addNames({ id }, number, 'i', infos), number, 'd', devices)
  addNames(names, number, 'f', count)
  names[#names + 1] = number .. 'r'
  redis.call('HDEL', user, unpack(names))
end
