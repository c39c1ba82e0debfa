-- One request, under one policy or several: all of them are charged when none refuses, or none is.
-- Returns bytes, 25 a check: 0 refused, 1 allowed or 2 let through in shadow (1 byte); what is left; ms until all is
-- left again; ms until it would pass; ms until its turn (6 bytes each).
local function answer(policy, allowed, left, reset, retry, turn)
  local said = allowed and 1 or policy.shadow and 2 or 0
  return pack('>BI6I6I6I6', said, left, reset, retry, turn or 0)
end

-- What was not charged is still left; and where that is all there is, it is so already.
local function uncharged(policy, cost, left, reset)
  return left + cost, left + cost == policy.burst and 0 or reset
end

-- The common request, without a table.
local function decide_one(key, state, now, policy, cost, charges)
  local allowed, left, reset, retry, value, ttl, offset, turn = check(state, now, policy, cost, key)
  if allowed and not charges then
    left, reset = uncharged(policy, cost, left, reset)
  elseif value and charges and (allowed or not policy.shadow) then
    store(key, value, ttl, offset)
  end
  return answer(policy, allowed, left, reset, retry, turn)
end

-- `first` is the place of the request's first key. A refusal is stored only where the algorithm says so; see check.lua.
local function decide_all(keys, first, state_of, now, policies, costs, charges)
  local found, answers, passes = {}, {}, true
  for place, policy in ipairs(policies) do
    local at = first + place - 1
    found[place] = { check(state_of(at), now, policy, costs[place], keys[at]) }
    passes = passes and (found[place][1] or policy.shadow)
  end
  for place, policy in ipairs(policies) do
    local allowed, left, reset, retry, value, ttl, offset, turn = unpack(found[place], 1, 8)
    if allowed and not (charges and passes) then
      left, reset = uncharged(policy, costs[place], left, reset)
    elseif value and charges and (allowed or not policy.shadow) then
      store(keys[first + place - 1], value, ttl, offset)
    end
    answers[place] = answer(policy, allowed, left, reset, retry, turn)
  end
  return table.concat(answers)
end
