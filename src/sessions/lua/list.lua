-- Reads a user's live sessions, with their devices, and changes nothing.
-- KEYS: user
-- ARGV:
-- Reply: JSON: a list of [id, session]
local user, now = KEYS[1], nowMs()
local all = {}
for i, s in ipairs((sessionsOf(user, now))) do
  local session = describe(user, now, s.seenAt, s.absoluteAt, s.idle, s.number, s.parts, s.count, true)
  all[i] = '["' .. s.id .. '",' .. session .. ']'
end
return '[' .. table.concat(all, ',') .. ']'
