-- Puts another secret in the place of a session's own, which works on for a grace and ends the session afterwards.
-- KEYS: user
-- ARGV: id, verifier, next, graceMs, roles, authenticated, keepMs, channel
-- Reply: nil | ![info] where an old secret ended the session | 1 the secret has been rotated already |
--   the session as JSON, with its device
--   roles: as JSON, or empty to leave them; authenticated: 1 when the user has just proved who it is
local user, id = KEYS[1], ARGV[1]
local how, record, now, seenAt, absoluteAt, idle, number, parts, count = open(user, id, ARGV[2])
if not how then
  return record
end
-- One secret has one successor: of parallel rotations one wins, and the others may wait for its cookie.
if how == 2 then
  return 1
end
local retired = parts >= 128 and redis.call('HGET', user, number .. 'r') or struct.pack('>I6', 0)
local authenticatedAt = ARGV[6] == '1' and struct.pack('>I6', now) or string.sub(retired, 1, 6)
-- What a thief may hold must not gain by what its victim proves or is given.
local closed = (ARGV[5] ~= '' or ARGV[6] == '1') and CLOSED or 0
local newest = string.sub(record, 1, KEPT) .. struct.pack('>I6', now + tonumber(ARGV[4]) + closed)
-- The last three are known again.
redis.call('HSET', user, number .. 'r', authenticatedAt .. newest .. string.sub(retired, 7, 6 + 2 * RETIRED))
local infos, devices = chunksOf(parts)
if ARGV[5] ~= '' then
  infos = changeRoles(user, number, infos, ARGV[5])
end
parts = 128 + 8 * devices + infos
save(user, id, tonumber(ARGV[7]), ARGV[3], now, absoluteAt, idle, number, parts, count)
if ARGV[8] ~= '' then
  redis.call('PUBLISH', ARGV[8], user)
end
return describe(user, now, now, absoluteAt, idle, number, parts, count, true)
