-- Checks a session's secret and its timeouts, slides the idle timeout, and reads all but the device.
-- KEYS: user
-- ARGV: id, verifier, keepMs
-- Reply: nil | ![info] where an old secret ended the session | the session as JSON
local user, id = KEYS[1], ARGV[1]
local how, record, now, seenAt, absoluteAt, idle, number, parts, count = open(user, id, ARGV[2])
if not how then
  return record
end
-- A tenth of the idle timeout passes before it slides, so that most reads write nothing.
if now - seenAt >= idle / 10 then
  seenAt = now
  save(user, id, tonumber(ARGV[3]), string.sub(record, 1, 43), seenAt, absoluteAt, idle, number, parts, count)
end
return describe(user, now, seenAt, absoluteAt, idle, number, parts, count)
