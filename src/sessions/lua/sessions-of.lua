-- All sessions of a user: the live ones, the expired ones, and the numbers that are taken.
local function sessionsOf(user, now)
  local live, dead, taken = {}, {}, {}
  local fields = redis.call('HGETALL', user)
  for i = 1, #fields, 2 do
    -- Only ids are that long.
    if #fields[i] == 22 then
      local seenAt, absoluteAt, idle, number, parts, count = struct.unpack(LAYOUT, fields[i + 1], 44)
      local session = {
        id = fields[i], verifier = string.sub(fields[i + 1], 1, 43), seenAt = seenAt, absoluteAt = absoluteAt,
        idle = idle, number = number, parts = parts, count = count,
      }
      local list = (now < seenAt + idle and now < absoluteAt) and live or dead
      list[#list + 1] = session
      taken[number] = true
    end
  end
  return live, dead, taken
end

local function removeSession(user, session)
  remove(user, session.id, session.number, session.parts, session.count)
end

local function idsOf(sessions)
  local ids = {}
  for i, session in ipairs(sessions) do
    ids[i] = session.id
  end
  return table.concat(ids, ' ')
end
