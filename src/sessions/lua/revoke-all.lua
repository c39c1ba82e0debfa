-- Ends all sessions of a user, or all but one, at once.
-- KEYS: user
-- ARGV: exceptId, keepMs, channel
-- Reply: the ids that were live, with spaces between them
local user, exceptId = KEYS[1], ARGV[1]
local live = sessionsOf(user, nowMs())
local ended = {}
for _, session in ipairs(live) do
  if session.id ~= exceptId then
    ended[#ended + 1] = session
  end
end
-- Those that had expired are kept for whoever waits to be told of them.
if #ended == #live and ARGV[2] == '0' then
  redis.call('UNLINK', user)
else
  for _, session in ipairs(ended) do
    removeSession(user, session)
  end
end
if ARGV[3] ~= '' then
  redis.call('PUBLISH', ARGV[3], user)
end
return idsOf(ended)
