-- The state of a sliding window log. Each hit is 4 bytes; a hit of cost 3 is three of them.
-- State: 'l', a base in ms (6 bytes), then the hits in their order as ms since the base plus 1 (4 bytes each), then
-- free places (0). Hits that have left the window stay in front until the places are used up: then the log is written
-- anew with a sixty-fourth of free places: a log of a thousand hits every 15th hit, and it has 4.1 bytes a hit.
local LARGEST_SLOT = 4294967295

local function spare_places(count)
  return max(4, floor(count / 64))
end

local function log_slot(state, place)
  return parse('>I4', state, 8 + place * 4)
end

-- The first of the places from..to-1 at which the test holds; `to` when none does. The test is false, then true.
local function first_place(from, to, test)
  while from < to do
    local middle = floor((from + to) / 2)
    if test(middle) then
      to = middle
    else
      from = middle + 1
    end
  end
  return from
end

-- Where the log stands: base, now since the base, first live place, first free place, places in all, moved or not.
local function read_log(state, now, policy)
  local ms = floor(now / 1000)
  if byte(state) ~= 108 then
    return ms, 1, 0, 0, 0, true
  end
  local base, places = parse('>I6', state, 2), (#state - 7) / 4
  local free = first_place(places - spare_places(places), places, function(place) return log_slot(state, place) == 0 end)
  local at, moved = ms - base + 1, false
  -- A clock that was set back: the last hit is of now, so that no hit stays for longer than a window.
  local last = free > 0 and log_slot(state, free - 1) or 0
  if last > at then
    base, at, moved = base - (last - at), last, true
  end
  local first = first_place(0, free, function(place) return log_slot(state, place) + policy.window > at end)
  return base, at, first, free, places, moved or at > LARGEST_SLOT
end

-- The log without what has left the window, with some more hits of now and free places.
local function write_log(state, base, at, first, free, more)
  local kept = string.sub(state, 8 + first * 4, 7 + free * 4)
  if first == free then
    base, at = base + at - 1, 1
  elseif at > LARGEST_SLOT then -- the base is seven weeks ago
    local oldest, hits = log_slot(state, first), {}
    for place = first, free - 1 do
      hits[#hits + 1] = pack('>I4', log_slot(state, place) - oldest + 1)
    end
    kept, base, at = table.concat(hits), base + oldest - 1, at - oldest + 1
  end
  local added, spare = string.rep(pack('>I4', at), more), spare_places(free - first + more)
  return 'l' .. pack('>I6', base) .. kept .. added .. string.rep('\0\0\0\0', spare)
end
