-- By bytes: the comparison of Lua asks the locale.
local function precedes(one, other)
  for index = 1, math.min(#one, #other) do
    local a, b = one:byte(index), other:byte(index)
    if a ~= b then
      return a < b
    end
  end
  return #one < #other
end

-- How many of those with this score stand before an id that may have gone: its place is searched for by halves.
local function placeAmong(set, first, last, id)
  while first < last do
    local middle = math.floor((first + last) / 2)
    if precedes(id, redis.call('ZRANGE', set, middle, middle)[1]) then
      last = middle
    else
      first = middle + 1
    end
  end
  return first
end

-- The rank, from 0, of what follows this place in the order, whether or not somebody stands there still. The place is an
-- entry's bytes, or where width is 0 its score, a space and its id.
local function rankAfter(set, width, place, total)
  if width == 0 then
    local score, id = place:match('^(%S+) (.*)$')
    local better = redis.call('ZCOUNT', set, '-inf', '(' .. score)
    return placeAmong(set, better, better + redis.call('ZCOUNT', set, score, score), id)
  end
  local following = redis.call('ZRANGEBYLEX', set, '(' .. place, '+', 'LIMIT', 0, 1)[1]
  return following and redis.call('ZRANK', set, following) or total
end
