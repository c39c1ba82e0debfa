-- What stands against a call: {0} there is no such board, {2, definition} it is not what the caller takes it for,
-- {3, time} its periods are not those of the caller, who reckoned with another time. Nil when nothing does.
local function refusal(board, version, fromMs, untilMs)
  local present = redis.call('HGET', board, 'version')
  if present ~= version then
    return present and { 2, redis.call('HGET', board, 'definition') } or { 0 }
  end
  if untilMs ~= '0' and (nowMs() < tonumber(fromMs) or nowMs() >= tonumber(untilMs)) then
    return { 3, nowMs() }
  end
end
