-- Decides on many requests at once, each under any number of policies: all of a request's are charged, or none.
-- KEYS:
-- ARGV: policies
-- Reply: text of integers with commas: the time in ms; then for each check of each request 0 refused, 1 allowed or
--   2 let through in shadow; what is left; ms until all is left again; ms until it would pass; ms until its turn
-- The keys are those of the checks in their order, all of one slot. After the number of policies come their fields
-- (see check.lua); then for each request its operation (c charge, p peek) and the number of its checks, and for each of
-- those the place of its policy and its cost. A refusal writes nothing, unless it begins a block, or ends what a clock
-- that was set back would keep for too long.
local now = read_clock()
local policies, at = {}, 2
for place = 1, tonumber(ARGV[1]) do
  policies[place] = read_policy(ARGV, at)
  at = at + 6
end

local out, key = { math.floor(now / 1000) }, 0
while ARGV[at] do
  local charges, checks, passes = ARGV[at] == 'c', tonumber(ARGV[at + 1]), true
  local first, writes = #out, {}
  at = at + 2
  for place = 1, checks do
    local policy, cost = policies[tonumber(ARGV[at])], tonumber(ARGV[at + 1])
    at = at + 2
    local state = redis.call('GET', KEYS[key + place]) or ''
    local allowed, left, reset, retry, value, ttl, offset, turn =
      check(state, now, policy, cost, KEYS[key + place])
    if allowed then
      writes[place] = { value, ttl, offset, cost }
    elseif value and charges and not policy.shadow then
      store(KEYS[key + place], value, ttl)
    end
    passes = passes and (allowed or policy.shadow)
    local size = #out
    out[size + 1], out[size + 2] = allowed and 1 or policy.shadow and 2 or 0, left
    out[size + 3], out[size + 4], out[size + 5] = reset, retry, turn or 0
  end
  for place, write in pairs(writes) do
    if charges and passes then
      store(KEYS[key + place], write[1], write[2], write[3])
    else
      local left = first + (place - 1) * 5 + 2
      out[left] = out[left] + write[4]
    end
  end
  key = key + checks
end
return table.concat(out, ',')
