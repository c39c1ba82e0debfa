-- Token bucket and leaky bucket, which are one thing seen from two sides (GCRA, ITU-T I.371): the theoretical arrival
-- time says when the bucket is full of tokens, or empty of water, again.
-- State: 't', that time in microseconds (7 bytes), and its fraction in 65536ths (2 bytes)
local function bucket_debt(state, now, capacity)
  if string.byte(state) ~= 116 then
    return 0
  end
  local micros, fraction = struct.unpack('>I7I2', state, 2)
  -- Never more than a whole bucket, whatever Redis' clock and the policy have done meanwhile.
  return math.min(math.max(micros - now + fraction / 65536, 0), capacity)
end

local function write_debt(now, debt)
  local whole = math.floor(debt)
  local fraction = math.floor((debt - whole) * 65536 + 0.5)
  if fraction == 65536 then
    whole, fraction = whole + 1, 0
  end
  return 't' .. struct.pack('>I7I2', now + whole, fraction), math.max(math.ceil(debt / 1000), 1)
end

-- Returns as fixed_window with one more at the end: ms until the turn of this request when requests leave evenly.
local function bucket(state, now, policy, cost)
  if policy.limit == 0 then
    return false, 0, policy.window, policy.window
  end
  local interval = policy.window * 1000 / policy.limit
  local capacity = policy.burst * interval
  local debt = bucket_debt(state, now, capacity)
  local after, turn = debt + cost * interval, math.ceil(debt / 1000)
  -- A thousandth of a microsecond for what doubles lose in 7 requests a minute.
  if after > capacity + 0.001 then
    local retry = math.ceil((after - capacity) / 1000)
    return false, math.floor((capacity - debt) / interval + 0.000001), math.max(turn, retry), retry
  end
  local value, ttl = write_debt(now, after)
  local left = math.floor((capacity - after) / interval + 0.000001)
  return true, left, ttl, 0, value, ttl, nil, turn
end

-- Gives tokens back; a bucket holds no more than it can.
local function refund_bucket(state, now, policy, cost)
  if policy.limit == 0 then
    return 0
  end
  local interval = policy.window * 1000 / policy.limit
  local debt = bucket_debt(state, now, policy.burst * interval)
  local after = math.max(debt - cost * interval, 0)
  local taken = math.min(cost, math.ceil(debt / interval - 0.000001))
  if taken <= 0 then
    return 0
  end
  if after == 0 then
    return taken, '', 0
  end
  local value, ttl = write_debt(now, after)
  return taken, value, ttl
end
