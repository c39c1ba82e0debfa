-- Reads the entries after an id, and tells how far the stream reaches where that id is not in it. Who reads on leaves its name when
-- there is nothing, and is woken by the next event.
-- KEYS: stream, idle
-- ARGV: after, count, name
-- Reply: {entries, last id, first id, how many entries are gone}; only the entries where `after` is one that is there
-- `after` is `$` for the last id. An empty name is not left.
local stream, after, count = KEYS[1], ARGV[1], tonumber(ARGV[2])
local reply = { {} }
local function describe()
  local info = redis.pcall('XINFO', 'STREAM', stream)
  local is = { ['length'] = 0, ['entries-added'] = 0, ['last-generated-id'] = '0-0', ['recorded-first-entry-id'] = '0-0' }
  for at = 1, #info, 2 do
    is[info[at]] = info[at + 1]
  end
  reply[2] = is['last-generated-id']
  reply[3] = is['recorded-first-entry-id']
  reply[4] = is['entries-added'] - is['length']
end
if after == '$' then
  describe()
else
  reply[1] = redis.call('XRANGE', stream, after, '+', 'COUNT', count + 1)
  local first = reply[1][1]
  if first and first[1] == after then
    table.remove(reply[1], 1)
  else
    describe()
    reply[1][count + 1] = nil
  end
end
if ARGV[3] ~= '' and #reply[1] == 0 then
  -- A Redis that is full refuses it, and gives what there is all the same.
  redis.pcall('ZADD', KEYS[2], nowMs(), ARGV[3])
  redis.call('PEXPIRE', KEYS[2], 120000)
end
return reply
