-- Gives all live sessions of a user other roles.
-- KEYS: user
-- ARGV: roles, keepMs, channel
-- Reply: how many
local user = KEYS[1]
local live = sessionsOf(user, nowMs())
for _, s in ipairs(live) do
  local infos = chunksOf(s.parts)
  local parts = s.parts - infos + changeRoles(user, s.number, infos, ARGV[1])
  if parts ~= s.parts then
    save(user, s.id, tonumber(ARGV[2]), s.verifier, s.seenAt, s.absoluteAt, s.idle, s.number, parts, s.count)
  end
end
if ARGV[3] ~= '' and #live > 0 then
  redis.call('PUBLISH', ARGV[3], user)
end
return #live
