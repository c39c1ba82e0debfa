-- A member and those around it: near an end of the board, more of the other side.
-- KEYS: board, set, members, metadata
-- ARGV: version, fromMs, untilMs, width, id, radius
-- Reply: a refusal, or 1, how many there are, the first's rank from 0, the entries, and the metadata of each or 0; only the
--   first two when the member is not ranked
local refused = refusal(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if refused then
  return refused
end
local set, width, radius = KEYS[2], tonumber(ARGV[4]), tonumber(ARGV[6])
local total = redis.call('ZCARD', set)
local rank = rankOf(set, KEYS[3], ARGV[5], width)
if not rank then
  return { 1, total }
end
local first = math.max(0, math.min(rank - radius, total - 2 * radius - 1))
return page(set, KEYS[4], width, first, first + 2 * radius, total)
