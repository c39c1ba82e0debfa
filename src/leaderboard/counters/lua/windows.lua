-- The windows of a counter, in one string of signed 64-bit integers: first the minute of the last one that was added, then
-- a ring of days, one of hours and one of minutes. Each window has its place in its ring, by its number since 1970 (UTC).
local BYTES = 8
local KEPT_SECONDS = 400 * 86400
local RINGS = {
  { first = 1, size = 400, minutes = 1440 },
  { first = 401, size = 168, minutes = 60 },
  { first = 569, size = 120, minutes = 1 },
}
local LENGTH = 689

local function clear(key, first, count)
  redis.call('SETRANGE', key, first * BYTES, string.rep('\0', count * BYTES))
end

-- Empties the places of windows that have begun since the last one: others were there a turn of the ring before.
local function turn(key, ring, last, present)
  local size = ring.size
  local fresh = math.min(math.floor(present / ring.minutes) - math.floor(last / ring.minutes), size)
  if fresh > 0 then
    local place = (math.floor(present / ring.minutes) - fresh + 1) % size
    local before_the_end = math.min(fresh, size - place)
    clear(key, ring.first + place, before_the_end)
    if fresh > before_the_end then
      clear(key, ring.first, fresh - before_the_end)
    end
  end
end

-- Adds to the windows of this minute; a clock that was set back adds to the last ones. What leaves 64 bits stays at their end.
local function add_to_windows(key, by, minute)
  local last = redis.call('BITFIELD', key, 'GET', 'i64', '#0')[1]
  local present = math.max(last, minute)
  if last == 0 then
    -- In its full length at once: to what grows later Redis gives twice as much.
    clear(key, 0, LENGTH)
  end
  if present > last then
    for _, ring in ipairs(RINGS) do
      turn(key, ring, last, present)
    end
    redis.call('BITFIELD', key, 'SET', 'i64', '#0', present)
    redis.call('EXPIRE', key, KEPT_SECONDS)
  end
  local additions = { 'OVERFLOW', 'SAT' }
  for _, ring in ipairs(RINGS) do
    local place = ring.first + math.floor(present / ring.minutes) % ring.size
    for _, word in ipairs({ 'INCRBY', 'i64', '#' .. place, by }) do
      additions[#additions + 1] = word
    end
  end
  redis.call('BITFIELD', key, unpack(additions))
end
