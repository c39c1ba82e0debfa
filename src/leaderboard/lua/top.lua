-- Those who rank best, or best after a place.
-- KEYS: board, set, metadata
-- ARGV: version, fromMs, untilMs, width, limit, after
-- Reply: a refusal, or 1, how many there are, the first's rank from 0, the entries, and the metadata of each or 0
local refused = refusal(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if refused then
  return refused
end
local set, width, after = KEYS[2], tonumber(ARGV[4]), ARGV[6]
local total = redis.call('ZCARD', set)
local first = after == '' and 0 or rankAfter(set, width, after, total)
return page(set, KEYS[3], width, first, first + ARGV[5] - 1, total)
