-- Reads the entries after an id, and tells how far the stream reaches where that id is not in it. Who reads on leaves its name when
-- there is no more, and is woken by the next event.
-- KEYS: stream, idle
-- ARGV: after, count, name
-- Reply: {entries} where `after` is one of the stream | {entries, {last id, first id or nil, how many entries are gone}}
-- `after` is `$` for the last id, after which there is nothing. An empty name is not left.
local stream, after, count = KEYS[1], ARGV[1], tonumber(ARGV[2])

local function extent()
  local info, is = redis.pcall('XINFO', 'STREAM', stream), {}
  if info.err then
    return { '0-0', false, 0 }
  end
  for at = 1, #info, 2 do
    is[info[at]] = info[at + 1]
  end
  local first = is['length'] > 0 and is['recorded-first-entry-id']
  return { is['last-generated-id'], first, is['entries-added'] - is['length'] }
end

local reply = { {} }
if after == '$' then
  reply[2] = extent()
else
  local entries = redis.call('XRANGE', stream, after, '+', 'COUNT', count + 1)
  if entries[1] and entries[1][1] == after then
    table.remove(entries, 1)
  else
    entries[count + 1] = nil
    reply[2] = extent()
  end
  reply[1] = entries
end
if ARGV[3] ~= '' and #reply[1] < count then
  -- A Redis that is full refuses it, and gives what there is all the same.
  redis.pcall('ZADD', KEYS[2], nowMs(), ARGV[3])
  redis.call('PEXPIRE', KEYS[2], 120000)
end
return reply
