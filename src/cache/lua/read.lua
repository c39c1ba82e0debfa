-- Reads an entry, and gives the caller the lease to fill it when it asks for one and nobody holds it.
-- KEYS: entry
-- ARGV: lease, leaseTtlMs, rejected, mode
-- Reply: a list: the time in ms; the frame of the entry, or nothing; and where a lease was due,
--   1 it is the caller's | 0 another holds it
-- The modes: r reads (the lease is empty), l asks for the lease when the value is not fresh, e also when it is (an
-- early refresh), w takes it from whoever has it (a write is under way).
-- An entry of the version `rejected` is as good as none: its tags were invalidated, whoever fills it now.
-- The lease lies in the entry's own key, so whatever removes the entry voids it. See frame.ts for the places.
local lease, mode, leaseTtlMs = ARGV[1], ARGV[4], tonumber(ARGV[2])
local now = nowMs()
local frame = redis.call('GET', KEYS[1])
if frame and (mode == 'w' or #frame < 50 or frame:byte() ~= 1 or frame:sub(32, 43) == ARGV[3]) then
  frame = false
end
if mode == 'r' then
  return { now, frame }
end
if not frame then
  local held = struct.pack('>I6', now + leaseTtlMs) .. lease
  frame = '\1' .. string.rep('\0', 12) .. held .. lease .. string.rep('\0', 7)
  redis.call('SET', KEYS[1], frame, 'PX', leaseTtlMs)
  return { now, frame, 1 }
end
local freshUntil, _, heldUntil = struct.unpack('>I6I6I6', frame, 2)
if now < freshUntil and mode ~= 'e' then
  return { now, frame }
end
if now < heldUntil then
  return { now, frame, 0 }
end
redis.call('SETRANGE', KEYS[1], 13, struct.pack('>I6', now + leaseTtlMs) .. lease)
if redis.call('PTTL', KEYS[1]) < leaseTtlMs then
  redis.call('PEXPIRE', KEYS[1], leaseTtlMs)
end
return { now, frame, 1 }
