-- Reads the expired sessions of a user, and changes nothing.
-- KEYS: user
-- ARGV:
-- Reply: JSON: a list of [id, roles, absoluteMs, user]
local user = KEYS[1]
local _, dead = sessionsOf(user, nowMs())
local list = {}
for i, session in ipairs(dead) do
  list[i] = '["' .. session.id .. '",' .. textOf(user, session.number, 'i', (chunksOf(session.parts))) .. ']'
end
return '[' .. table.concat(list, ',') .. ']'
