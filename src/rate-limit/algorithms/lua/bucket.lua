-- Token bucket and leaky bucket, which are one thing seen from two sides (GCRA, ITU-T I.371): the theoretical arrival
-- time says when the bucket is full of tokens, or empty of water, again.
-- State: 't', that time in microseconds (7 bytes), and its fraction in 4294967296ths (4 bytes)
-- In microseconds: the share of one request, what the bucket holds, and what doubles may lose in 64 requests at once.
local function bucket_measures(policy)
  local interval = policy.window * 1000 / policy.limit
  return interval, policy.burst * interval, max(min(interval, 1) / 1000, policy.burst * interval / 2 ^ 45)
end

local function ms_until(micros) return max(0, ceil(micros / 1000)) end

-- Never more than a whole bucket, whatever Redis' clock and the policy have done meanwhile; and whether it were more.
local function bucket_debt(state, now, capacity, lost)
  if byte(state) ~= 116 then
    return 0, false
  end
  local micros, fraction = parse('>I7I4', state, 2)
  local debt = micros - now + fraction / 4294967296
  return min(max(debt, 0), capacity), debt > capacity + lost
end

local function write_debt(now, debt, lost)
  local whole = floor(debt)
  local fraction = floor((debt - whole) * 4294967296)
  return 't' .. pack('>I7I4', now + whole, fraction), max(ms_until(debt - lost), 1)
end

-- Returns as fixed_window with one more at the end: ms until the turn of this request when requests leave evenly.
local function bucket(state, now, policy, cost)
  if policy.limit == 0 then
    return false, 0, policy.window, policy.window
  end
  local interval, capacity, lost = bucket_measures(policy)
  local debt, ahead = bucket_debt(state, now, capacity, lost)
  local after, turn = debt + cost * interval, ms_until(debt - lost)
  local allowed = after <= capacity + lost
  local left = floor((capacity - (allowed and after or debt) + lost) / interval)
  local value, ttl = write_debt(now, allowed and after or debt, lost)
  if allowed then
    return true, left, ttl, 0, value, ttl, nil, turn
  end
  local retry = ms_until(after - capacity - lost)
  return false, left, max(turn, retry), retry, ahead and value, ttl
end

-- Gives tokens back; a bucket holds no more than it can.
local function refund_bucket(state, now, policy, cost)
  if policy.limit == 0 then
    return 0
  end
  local interval, capacity, lost = bucket_measures(policy)
  local debt = bucket_debt(state, now, capacity, lost)
  local taken, after = min(cost, ceil((debt - lost) / interval)), debt - cost * interval
  if taken <= 0 then
    return 0
  elseif after <= lost then
    return taken, '', 0
  end
  return taken, write_debt(now, after, lost)
end
