-- Adds a session to its user's hash: replaces the one of an old token, drops those that have expired, keeps to the cap.
-- KEYS: user
-- ARGV: id, verifier, idleMs, absoluteMs, info, device, data, max, policy, oldId, oldVerifier, keepMs, channel
-- Reply: {now, ids evicted, 1 when the old one was replaced, 2 when its token was an old one whose use has ended it} |
--   0 the user has as many as may be
--   data: a line a field, as "name":value; max: 0 for any number
local user, id = KEYS[1], ARGV[1]
local idle, absolute, max, keepMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[8]), tonumber(ARGV[12])
local now, replaced = nowMs(), 0
local how, ended, _, _, _, _, oldNumber, oldParts, oldCount = open(user, ARGV[10], ARGV[11])
local live, dead, taken = sessionsOf(user, now)
-- Those that had expired are kept for whoever waits to be told of them.
if keepMs == 0 then
  for _, session in ipairs(dead) do
    removeSession(user, session)
  end
end
local others = {}
for _, session in ipairs(live) do
  if not how or session.id ~= ARGV[10] then
    others[#others + 1] = session
  end
end
local evicted = {}
-- A session's number has two bytes.
max = max > 0 and max or 65535
if #others >= max then
  if ARGV[9] == 'refuse' then
    return 0
  end
  evicted = makeRoom(user, others, max)
end
if how then
  remove(user, ARGV[10], oldNumber, oldParts, oldCount)
  replaced = 1
elseif ended then
  replaced = 2
end

local number = 1
while taken[number] do
  number = number + 1
end
local fields, count = {}, 0
local infos = addChunks(fields, number, 'i', ARGV[5])
local devices = addChunks(fields, number, 'd', ARGV[6])
for line in string.gmatch(ARGV[7], '[^\n]+') do
  count = count + 1
  fields[#fields + 1] = number .. 'f' .. count
  fields[#fields + 1] = line
end
redis.call('HSET', user, unpack(fields))
save(user, id, keepMs, ARGV[2], now, now + absolute, idle, number, infos + 8 * devices, count)
if ARGV[13] ~= '' and (replaced > 0 or #evicted > 0) then
  redis.call('PUBLISH', ARGV[13], user)
end
return { now, idsOf(evicted), replaced }
