-- Decides on many requests at once, each under any number of policies: all of a request's are charged, or none.
-- KEYS:
-- ARGV: policies
-- Reply: bytes: the time in ms (6 bytes), then those of each request (see request.lua)
-- The keys are those of the checks in their order, all of one slot. After the number of policies come their fields
-- (see check.lua); then runs of requests that ask for the same: how many they are, their operation (c charge, p peek),
-- how many checks each has, and for each of those the place of its policy and its cost. A refusal writes nothing,
-- unless it begins a block, or ends what a clock that was set back would keep for too long.
local now = read_clock()
local policies, at = {}, 2
for place = 1, tonumber(ARGV[1]) do
  policies[place] = read_policy(ARGV, at)
  at = at + 6
end

-- All states at once; and again that of a key which an earlier request of this call may have changed.
local states, seen = redis.call('MGET', unpack(KEYS)), {}
local function state_of(place)
  local key = KEYS[place]
  if seen[key] then
    return redis.call('GET', key) or ''
  end
  seen[key] = true
  return states[place] or ''
end

local out, key = { pack('>I6', floor(now / 1000)) }, 1
while ARGV[at] do
  local requests, charges, checks = tonumber(ARGV[at]), ARGV[at + 1] == 'c', tonumber(ARGV[at + 2])
  local asked, costs = {}, {}
  at = at + 3
  for place = 1, checks do
    asked[place], costs[place] = policies[tonumber(ARGV[at])], tonumber(ARGV[at + 1])
    at = at + 2
  end
  for _ = 1, requests do
    if checks == 1 then
      out[#out + 1] = decide_one(KEYS[key], state_of(key), now, asked[1], costs[1], charges)
    else
      out[#out + 1] = decide_all(KEYS, key, state_of, now, asked, costs, charges)
    end
    key = key + checks
  end
end
return table.concat(out)
