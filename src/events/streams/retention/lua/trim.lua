-- Removes what every group has acknowledged, but for the last entries, which replay still finds; and what is over the cap,
-- acknowledged or not.
-- KEYS: stream
-- ARGV: kept, cap, capWithoutGroups
-- Reply: {entries removed, and of those not acknowledged by every group}
local stream, floor = KEYS[1], nil
local groups = redis.pcall('XINFO', 'GROUPS', stream)
if groups.err then
  return { 0, 0 }
end
for _, group in ipairs(groups) do
  -- name, consumers, pending, last-delivered-id
  local first = group[6] > 0 and redis.call('XPENDING', stream, group[2])[2] or next_id(group[8])
  floor = (not floor or is_before(first, floor)) and first or floor
end
local removed, behind = 0, 0
if floor and redis.call('XLEN', stream) > tonumber(ARGV[1]) then
  local kept = redis.call('XREVRANGE', stream, '(' .. floor, '-', 'COUNT', ARGV[1])
  behind = #kept
  if behind == tonumber(ARGV[1]) then
    removed = redis.call('XTRIM', stream, 'MINID', kept[behind][1])
  end
end
local cap = floor and ARGV[2] or ARGV[3]
local over = redis.call('XLEN', stream) - cap
if over <= 0 then
  return { removed, 0 }
end
redis.call('XTRIM', stream, 'MAXLEN', cap)
-- Redis reckons the lag of a group from how many it has read, and goes wrong by those that it never can.
local length, facts = redis.call('XLEN', stream), redis.call('XINFO', 'STREAM', stream)
local first, added = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1], facts[12]
for _, group in ipairs(groups) do
  if not first or is_before(group[8], first[1]) then
    redis.call('XGROUP', 'SETID', stream, group[2], group[8], 'ENTRIESREAD', added - length)
  end
end
return { removed + over, floor and math.max(0, over - behind) or 0 }
