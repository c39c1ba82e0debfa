-- Takes charges back, each from the window in which it was made.
-- KEYS:
-- ARGV: channel
-- Reply: text of integers with commas: the time in ms; then for each refund what was taken back, and what is left, ms
--   until all is left again and ms until a hit would pass
-- The keys are those of the refunds in their order, all of one slot. After the channel come for each of them the fields
-- of its policy (see check.lua), the cost, and the ms at which it was charged, or 0 for the newest hits. The channel is
-- told when a key has more left now, because replicas remember refusals.
local REFUNDS = {
  f = refund_fixed_window, i = refund_integer_window, l = refund_sliding_window_log, c = refund_sliding_window_counter,
  t = refund_bucket, q = refund_bucket,
}
local now = read_clock()
local out = { floor(now / 1000) }
for place, key in ipairs(KEYS) do
  local at = 2 + (place - 1) * 8
  local policy, cost, charged = read_policy(ARGV, at), tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7])
  local state = redis.call('GET', key) or ''
  local taken, value, ttl = REFUNDS[policy.algorithm](state, now, policy, cost, charged, key)
  if taken > 0 then
    store(key, value, ttl)
    redis.call('PUBLISH', ARGV[1], 'counters')
    state = value
  end
  local allowed, left, reset, retry = check(state, now, policy, 1, key)
  local size = #out
  out[size + 1], out[size + 2] = taken, allowed and left + 1 or left
  out[size + 3], out[size + 4] = reset, retry
end
return table.concat(out, ',')
