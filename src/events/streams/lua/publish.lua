-- Stores the events of a flight in their order, each request's once, and wakes those who wait for them. A flight that comes again
-- is told what it has made; one that comes after a later one stores nothing, as nobody waits for it.
-- KEYS: stream, idle, producer
-- ARGV: number, count, clustered
-- Reply: the ids of the events in their order, between spaces
-- The events come after the arguments, and then, for each further key, which is that of a request, the place of its event; and then
-- the place of each event that has a key for its order, and that key.
local stream, number, count = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local last = redis.call('GET', KEYS[3])
if last then
  local of, made = string.match(last, '^(%d+) (.*)$')
  if tonumber(of) >= number then
    return made
  end
end
local requests = {}
for key = 4, #KEYS do
  requests[tonumber(ARGV[count + key])] = KEYS[key]
end
local keyed = {}
for at = count + #KEYS + 1, #ARGV, 2 do
  keyed[tonumber(ARGV[at])] = ARGV[at + 1]
end
local ids = {}
for place = 1, count do
  local request = requests[place]
  local id = request and redis.call('GET', request)
  if not id then
    local event, key = ARGV[3 + place], keyed[place]
    id = key and redis.call('XADD', stream, '*', 'e', event, 'k', key) or redis.call('XADD', stream, '*', 'e', event)
    if request then
      redis.call('SET', request, id, 'PX', 86400000)
    end
  end
  ids[place] = id
end
local made = table.concat(ids, ' ')
redis.call('SET', KEYS[3], ARGV[1] .. ' ' .. made, 'PX', 60000)
wake(KEYS[2], stream, ARGV[3] == '1')
return made
