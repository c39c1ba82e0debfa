-- Drops expired sessions that have been told of.
-- KEYS: user
-- ARGV: ids
-- Reply: when the next of the user's sessions expires, epoch ms | 0 there is none
--   ids: with spaces around each of them
local user = KEYS[1]
local live, dead = sessionsOf(user, nowMs())
local nextAt = math.huge
for _, session in ipairs(dead) do
  if string.find(ARGV[1], ' ' .. session.id .. ' ', 1, true) then
    removeSession(user, session)
  else
    live[#live + 1] = session
  end
end
for _, session in ipairs(live) do
  nextAt = math.min(nextAt, session.seenAt + session.idle, session.absoluteAt)
end
return nextAt == math.huge and 0 or nextAt
