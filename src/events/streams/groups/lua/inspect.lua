-- How a group stands.
-- KEYS: stream, settings, dead
-- ARGV: group
-- Reply: {pending, lag | nothing: unknown, consumers, dead letters, maxDeliveries, ackTimeoutMs, backoffMs} | nil: there is no such group
local found
for _, group in ipairs(redis.pcall('XINFO', 'GROUPS', KEYS[1])) do
  local facts = {}
  for at = 1, #group, 2 do
    facts[group[at]] = group[at + 1]
  end
  found = facts.name == ARGV[1] and facts or found
end
if not found then
  return nil
end
-- Redis says nothing of a group that has read nothing of a stream, or all of it, where it cannot count what is in between.
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local unread = redis.call('XRANGE', KEYS[1], '(' .. found['last-delivered-id'], '+', 'COUNT', 1)[1]
if not unread then
  found.lag = 0
elseif unread[1] == first[1] then
  found.lag = redis.call('XLEN', KEYS[1])
end
local settings = redis.call('HMGET', KEYS[2], 'maxDeliveries', 'ackTimeoutMs', 'backoffMs')
return { found.pending, found.lag, found.consumers, redis.call('XLEN', KEYS[3]), unpack(settings) }
