-- Marks users of one partition as active on a day, in its week and in its month, and counts those that were not yet.
-- Keys besides: the bucket of each user; then the bitmaps of the day, the week and the month, a chunk after the other.
-- Arguments besides: the users.
-- KEYS: numbers, counts, weekCounts
-- ARGV: day, at, retentionDays, month, goneIn, goneAt, weekGoneAt, dayName, weekName, monthName, users
-- Reply: {'marked', 0} | {'other-day' | 'future' | 'past', the day that it is} | {'chunks', how many are needed: none is marked}
local refused = refusal(tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]))
if refused then
  return refused
end
local month, goneIn, goneAt = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local users = tonumber(ARGV[11])
local numbers, highest = {}, 0
for user = 1, users do
  local bucket = KEYS[3 + user]
  local number, isNews = number_of(ARGV[11 + user], bucket, KEYS[1], goneIn, month)
  if isNews then
    keep(bucket, goneAt)
    keep(KEYS[1], goneAt)
  end
  numbers[user], highest = number, math.max(highest, number)
end
local first, chunks = 3 + users, chunk_of(highest) + 1
if #KEYS < first + chunks * 3 then
  return { 'chunks', chunks }
end

local function mark(place, counts, name, expiresAt)
  local added, kept = 0, {}
  for user = 1, users do
    local bitmap = KEYS[first + chunk_of(numbers[user]) * 3 + place]
    if redis.call('SETBIT', bitmap, numbers[user] % CHUNK_BITS, 1) == 0 then
      added = added + 1
      if not kept[bitmap] then
        keep(bitmap, expiresAt)
        kept[bitmap] = true
      end
    end
  end
  if added > 0 then
    redis.call('HINCRBY', counts, name, added)
    keep(counts, expiresAt)
  end
end

mark(1, KEYS[2], ARGV[8], goneAt)
mark(2, KEYS[3], ARGV[9], tonumber(ARGV[7]))
mark(3, KEYS[2], ARGV[10], goneAt)
return { 'marked', 0 }
