-- Sliding window log: exact. The state is that of log-state.lua.
-- Returns as fixed_window, and the offset at which the new state belongs when it is a piece of it.
local function sliding_window_log(state, now, policy, cost)
  local base, at, first, free, places, moved = read_log(state, now, policy)
  local live, limit = free - first, policy.limit
  local reset = live > 0 and log_slot(state, free - 1) + policy.window - at or 0
  if live + cost > limit then
    local over = min(live + cost - limit, live)
    local retry = over > 0 and log_slot(state, first + over - 1) + policy.window - at or policy.window
    local value = moved and live > 0 and write_log(state, base, at, first, free, 0)
    return false, max(limit - live, 0), max(reset, retry), retry, value, reset
  end
  local left = limit - live - cost
  if moved or free + cost > places then
    return true, left, policy.window, 0, write_log(state, base, at, first, free, cost), policy.window
  end
  return true, left, policy.window, 0, string.rep(pack('>I4', at), cost), policy.window, 7 + free * 4
end

-- Takes the newest hits back, or those of the moment at which they were charged.
local function refund_sliding_window_log(state, now, policy, cost, charged)
  local base, at, first, free = read_log(state, now, policy)
  local moment, last = charged > 0 and charged - base + 1 or nil, free
  if moment then
    last = first_place(first, free, function(place) return log_slot(state, place) > moment end)
  end
  local from = last
  while from > first and last - from < cost and (not moment or log_slot(state, from - 1) == moment) do
    from = from - 1
  end
  if from == last then
    return 0
  end
  local kept = string.sub(state, 1, 7 + from * 4) .. string.sub(state, 8 + last * 4, 7 + free * 4)
  free = free - (last - from)
  local newest = free > first and log_slot(kept, free - 1) + policy.window - at or 0
  return last - from, free > first and write_log(kept, base, at, first, free, 0) or '', newest
end
