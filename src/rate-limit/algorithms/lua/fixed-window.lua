-- Fixed window: opens with its first hit, and its end forgets them all.
-- State: 'f', the end of the window in ms (6 bytes), the hits (4 bytes)
-- Returns allowed, remaining, resetMs, retryMs; and when allowed the new state and its time to live.
local function fixed_window(state, now, policy, cost)
  local ms = math.floor(now / 1000)
  local left, hits = policy.window, 0
  if string.byte(state) == 102 then
    local finish, counted = struct.unpack('>I6I4', state, 2)
    if finish > ms then
      -- No longer than a window, whatever Redis' clock has done meanwhile.
      left, hits = math.min(finish - ms, policy.window), counted
    end
  end
  if hits + cost > policy.limit then
    return false, math.max(policy.limit - hits, 0), left, left
  end
  hits = hits + cost
  return true, policy.limit - hits, left, 0, 'f' .. struct.pack('>I6I4', ms + left, hits), left
end

-- Takes hits back from the window in which they were charged: not from a later one.
local function refund_fixed_window(state, now, policy, cost, charged)
  local ms = math.floor(now / 1000)
  if string.byte(state) ~= 102 then
    return 0
  end
  local finish, hits = struct.unpack('>I6I4', state, 2)
  if finish <= ms or (charged > 0 and charged < finish - policy.window) then
    return 0
  end
  local taken = math.min(cost, hits)
  return taken, 'f' .. struct.pack('>I6I4', finish, hits - taken), math.min(finish - ms, policy.window)
end
