-- Opens a live session with a verifier.
-- After a rotation the verifier before it still opens for a grace. Whoever uses it later holds a stolen secret, or was
-- robbed of it: the session ends. The id is no credential, so a secret that was never the session's own ends nothing.
-- Answer: how, record, now, seenAt, absoluteAt, idle, number, parts, count
--   how: 1 with the secret | 2 with the one before, in its grace | nil no session; then record is nil, or, where the
--   use of an old secret has ended the session, '!' and its info
-- A secret that an authentication or other roles have retired opens nothing from then on, and ends nothing in its grace.
local RETIRED, KEPT, CLOSED = 19, 13, 2 ^ 46

-- In the place of a session that is not there, so that the time of a refusal does not tell whether it is.
local NOBODY = string.rep('\0', 64)

local function open(user, id, verifier)
  local record = redis.call('HGET', user, id) or NOBODY
  local seenAt, absoluteAt, idle, number, parts, count = struct.unpack(LAYOUT, record, 44)
  local now, opens = nowMs(), string.sub(record, 1, 43) == verifier
  if now >= seenAt + idle or now >= absoluteAt then
    return nil, nil
  end
  if opens then
    return 1, record, now, seenAt, absoluteAt, idle, number, parts, count
  end
  -- authenticatedAt, then of each secret the beginning of its verifier and the end of its grace.
  local retired = parts >= 128 and redis.call('HGET', user, number .. 'r') or ''
  for at = 7, #retired, RETIRED do
    if string.sub(retired, at, at + KEPT - 1) == string.sub(verifier, 1, KEPT) then
      local graceUntil = struct.unpack('>I6', retired, at + KEPT)
      if graceUntil >= CLOSED and now < graceUntil - CLOSED then
        return nil, nil
      end
      if now < graceUntil and graceUntil < CLOSED then
        return 2, record, now, seenAt, absoluteAt, idle, number, parts, count
      end
      local info = textOf(user, number, 'i', (chunksOf(parts)))
      remove(user, id, number, parts, count)
      return nil, '![' .. info .. ']'
    end
  end
  return nil, nil
end
