-- Sliding window counter: never more than the limit in any window. The state is that of counter-state.lua.
-- Returns as fixed_window. A key ends a window after its last hit: then none of them is in any window.
local function sliding_window_counter(state, now, policy, cost)
  local ms = floor(now / 1000)
  local hits, sum, index, width, ahead = read_buckets(state, ms, policy)
  local reset, retry, over = 0, policy.window, sum + cost - policy.limit
  for age = BUCKETS, 0, -1 do
    if hits[age] > 0 then
      reset = min(leaves_in(ms, index, width, age), policy.window)
      retry = over > 0 and reset or retry
      over = over - hits[age]
    end
  end
  if sum + cost > policy.limit then
    local value = ahead and write_buckets(hits, index)
    return false, max(policy.limit - sum, 0), max(reset, retry), retry, value, counter_ttl(policy)
  end
  hits[0] = hits[0] + cost
  return true, policy.limit - sum - cost, policy.window, 0, write_buckets(hits, index), counter_ttl(policy)
end

-- Takes hits back from the bucket of the moment at which they were charged, else from the newest ones.
local function refund_sliding_window_counter(state, now, policy, cost, charged)
  local ms = floor(now / 1000)
  local hits, sum, index, width = read_buckets(state, ms, policy)
  local from, to, taken = 0, BUCKETS, 0
  if charged > 0 then
    from = max(index - floor(charged / width), 0)
    to = min(from, BUCKETS)
  end
  for age = from, to do
    local take = min(hits[age], cost - taken)
    hits[age], taken = hits[age] - take, taken + take
  end
  if taken == 0 then
    return 0
  end
  return taken, sum > taken and write_buckets(hits, index) or '', counter_ttl(policy)
end
