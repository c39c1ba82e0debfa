-- Dense numbers for ids. An id's entry is its number * 4096 + the month, counted from January 1970, in which all that was
-- marked under it is gone; months fit until the year 2311.
local MONTHS = 4096
-- A bucket that is larger than a list pack is looked through in part; and so many buckets a call, which takes long.
local LOOK, looks = 128, 10

-- The number of an id of the bucket of which nothing is left in that month; or nil, also when it has looked often enough.
local function reclaim(bucket, month)
  if month == 0 or looks == 0 then
    return nil
  end
  looks = looks - 1
  local entries = redis.call('HSCAN', bucket, 0, 'COUNT', LOOK)[2]
  for place = 2, #entries, 2 do
    if entries[place] % MONTHS <= month then
      redis.call('HDEL', bucket, entries[place - 1])
      return math.floor(entries[place] / MONTHS)
    end
  end
end

-- The number of an id, its own until the month `goneIn` from now on, and whether that is news. A new id takes one that is
-- free in `month`, the present one (0: not known), or else the next of all.
local function number_of(id, bucket, numbers, goneIn, month)
  local entry = redis.call('HGET', bucket, id)
  local number = entry and math.floor(entry / MONTHS)
  if entry and entry % MONTHS >= goneIn then
    return number, false
  end
  number = number or reclaim(bucket, month) or redis.call('INCR', numbers) - 1
  redis.call('HSET', bucket, id, number * MONTHS + goneIn)
  return number, true
end
