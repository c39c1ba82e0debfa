-- Redis' clock, epoch ms. Calls that run together have one time.
local clock
local function nowMs()
  if not clock then
    local time = redis.call('TIME')
    clock = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return clock
end
