-- Whether something may be marked for a day, by Redis' clock, and how long it is kept.
local DAY_MS = 86400000
-- The clock of who says when it was may be ahead by so much.
local TOLERANCE_MS = 5000

-- Nil when it may. `at` is empty for a mark of now, else epoch ms; days are counted from 1970-01-01.
local function refusal(day, at, retentionDays)
  local now = nowMs()
  local today = math.floor(now / DAY_MS)
  if at == '' then
    return day ~= today and { 'other-day', today } or nil
  end
  if tonumber(at) > now + TOLERANCE_MS then
    return { 'future', today }
  end
  return day < today - retentionDays and { 'past', today } or nil
end

-- Lets a key live until then at the least: another replica may keep it longer.
local function keep(key, expiresAt)
  if redis.call('PEXPIRETIME', key) < expiresAt then
    redis.call('PEXPIREAT', key, expiresAt)
  end
end
