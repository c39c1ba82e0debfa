-- Scores of a window. Where width is 0 the set holds ids under doubles. Else it holds, all under 0, so many bytes that sort
-- as their members rank, then the id; and a hash has those bytes by id. A score is a pair of numbers that sort as members
-- rank: two halves of 32 bits, or the double and 0.
local function scoreOf(set, members, id, width)
  if width == 0 then
    local score = redis.call('ZSCORE', set, id)
    return score and tonumber(score), 0
  end
  local place = redis.call('HGET', members, id)
  if place then
    local high, low = struct.unpack('>I4I4', place)
    return high, low, place
  end
end

-- Nil where the sum leaves the range. What is taken off or added comes as halves too, the high one with the sign.
local function sum(high, low, byHigh, byLow, width)
  if width == 0 then
    local double = high + byHigh
    return math.abs(double) < 9007199254740992 and double or nil, 0
  end
  local carry = low + byLow >= 4294967296 and 1 or 0
  local carried = high + byHigh + carry
  if carried < 0 or carried >= 4294967296 then
    return nil
  end
  return carried, low + byLow - carry * 4294967296
end

-- Replaces `place`, the bytes that the member had. `tie` follows the score.
local function put(set, members, id, high, low, tie, place, width)
  if width == 0 then
    return redis.call('ZADD', set, high, id)
  end
  local bytes = struct.pack('>I4I4', high, low) .. tie
  if place then
    redis.call('ZREM', set, place .. id)
  end
  redis.call('ZADD', set, 0, bytes .. id)
  redis.call('HSET', members, id, bytes)
  return place and 0 or 1
end

-- From 0; false for who is not in the set.
local function rankOf(set, members, id, width)
  if width == 0 then
    return redis.call('ZRANK', set, id)
  end
  local place = redis.call('HGET', members, id)
  return place and redis.call('ZRANK', set, place .. id)
end

-- A score as a reply has it. Clients read integers of 16 digits inexactly, so a double goes as text.
local function spelt(high, width)
  return width == 0 and string.format('%.0f', high) or high
end
