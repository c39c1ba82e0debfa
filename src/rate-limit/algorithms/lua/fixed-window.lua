-- Fixed window: opens with its first hit, and its end forgets them all.
-- State: 'f', the end of the window in ms (6 bytes), the hits (4 bytes)
-- Returns allowed, remaining, resetMs, retryMs; and the new state and its time to live: of a refusal only when the
-- window would end later than a window from now, because Redis' clock was set back or the policy's window cut.
local function fixed_window(state, now, policy, cost)
  local ms = floor(now / 1000)
  local left, hits, ahead, open = policy.window, 0, false, false
  if byte(state) == 102 then
    local finish, counted = parse('>I6I4', state, 2)
    if finish > ms then
      left, hits, ahead, open = min(finish - ms, policy.window), counted, finish - ms > policy.window, true
    end
  end
  if hits + cost > policy.limit then
    local value = ahead and 'f' .. pack('>I6I4', ms + left, hits)
    return false, max(policy.limit - hits, 0), left, left, value, left
  end
  if open and not ahead then
    -- The key has its window and its time to live: the number of hits alone is written anew, at its place.
    return true, policy.limit - hits - cost, left, 0, pack('>I4', hits + cost), nil, '7'
  end
  hits = hits + cost
  return true, policy.limit - hits, left, 0, 'f' .. pack('>I6I4', ms + left, hits), left
end

-- Takes hits back from the window in which they were charged: not from a later one.
local function refund_fixed_window(state, now, policy, cost, charged)
  local ms = floor(now / 1000)
  if byte(state) ~= 102 then
    return 0
  end
  local finish, hits = parse('>I6I4', state, 2)
  if finish <= ms or (charged > 0 and charged < finish - policy.window) then
    return 0
  end
  local taken = min(cost, hits)
  return taken, 'f' .. pack('>I6I4', finish, hits - taken), min(finish - ms, policy.window)
end
