-- Fixed window as INCREX keeps it, for servers that have the command: the key is the number of hits, and its time to
-- live is what is left of the window. The same answers as fixed_window.
local function hits_and_left(state, policy, key)
  local hits = string.find(state, '^%d+$') and tonumber(state)
  local left = hits and redis.call('PTTL', key) or 0
  if left <= 0 then
    return 0, policy.window
  end
  return hits, min(left, policy.window)
end

-- Returns as fixed_window.
local function integer_window(state, _now, policy, cost, key)
  local hits, left = hits_and_left(state, policy, key)
  if hits + cost > policy.limit then
    return false, max(policy.limit - hits, 0), left, left
  end
  hits = hits + cost
  return true, policy.limit - hits, left, 0, string.format('%d', hits), left
end

-- Takes hits back from the window in which they were charged: not from a later one.
local function refund_integer_window(state, now, policy, cost, charged, key)
  local hits, left = hits_and_left(state, policy, key)
  local taken = min(cost, hits)
  if taken == 0 or (charged > 0 and charged < floor(now / 1000) + left - policy.window) then
    return 0
  end
  return taken, string.format('%d', hits - taken), left
end
