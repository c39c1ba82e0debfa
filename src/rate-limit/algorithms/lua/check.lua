-- One check of a request against one policy, whatever its algorithm, and the block that a policy may impose.
-- State of a block: 'b', its end in ms (6 bytes). The key ends with it, and so forgets the hits.
local ALGORITHMS = {
  f = fixed_window, i = integer_window, l = sliding_window_log, c = sliding_window_counter, t = bucket, q = bucket,
}

local function block_state(ms)
  return 'b' .. pack('>I6', ms)
end

-- Returns as the algorithms do. The state of a refusal is that of a block to begin, or one that a clock set back or a
-- changed policy would keep for too long.
local function check(state, now, policy, cost, key)
  local ms = floor(now / 1000)
  if byte(state) == 98 then
    local left = parse('>I6', state, 2) - ms
    local longest = max(policy.block, 1)
    if left > longest then
      return false, 0, longest, longest, block_state(ms + longest), longest
    elseif left > 0 then
      return false, 0, left, left
    end
  end
  local allowed, left, reset, retry, value, ttl, offset, turn =
    ALGORITHMS[policy.algorithm](state, now, policy, cost, key)
  if not allowed and policy.block > 0 then
    return false, left, policy.block, policy.block, block_state(ms + policy.block), policy.block
  end
  return allowed, left, reset, retry, value, ttl, offset, turn
end

-- A new state, or a piece of it at an offset; without a time to live the key keeps the one it has.
local function store(key, value, ttl, offset)
  if offset then
    redis.call('SETRANGE', key, offset, value)
    if ttl then
      redis.call('PEXPIRE', key, ttl)
    end
  elseif value == '' then
    redis.call('DEL', key)
  else
    redis.call('SET', key, value, 'PX', ttl)
  end
end

-- A policy of ARGV: algorithm, limit, window, burst, block, shadow.
local function read_policy(argv, at)
  return {
    algorithm = argv[at], limit = tonumber(argv[at + 1]), window = tonumber(argv[at + 2]),
    burst = tonumber(argv[at + 3]), block = tonumber(argv[at + 4]), shadow = argv[at + 5] == '1',
  }
end

-- Redis' clock in microseconds.
local function read_clock()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
