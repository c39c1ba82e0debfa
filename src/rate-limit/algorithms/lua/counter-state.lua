-- The state of a sliding window counter: the window is ten sub-buckets, and the oldest of the eleven that it can touch counts whole.
-- So no window of this length, wherever it begins, admits more than the limit; at a steady overload 10/11 of it are used.
-- State: 'c', the number of the newest bucket (6 bytes), its hits and those of the ten before it (MessagePack)
local BUCKETS = 10

-- The hits by age, 0 being of now, their sum, the number of the bucket of now, the length of one in ms, and whether
-- the clock was set back.
local function read_buckets(state, ms, policy)
  local width = ceil(policy.window / BUCKETS)
  local index, hits, sum, ahead = floor(ms / width), {}, 0, false
  for age = 0, BUCKETS do
    hits[age] = 0
  end
  if byte(state) == 99 then
    local newest = parse('>I6', state, 2)
    ahead = newest > index
    for place, count in ipairs(cmsgpack.unpack(string.sub(state, 8))) do
      -- A clock that was set back: all hits are of now. Old ages in buckets that begin elsewhere could end too early.
      local age = ahead and 0 or place - 1 + index - newest
      if age <= BUCKETS then
        hits[age] = hits[age] + count
        sum = sum + count
      end
    end
  end
  return hits, sum, index, width, ahead
end

local function write_buckets(hits, index)
  local list, last = {}, 0
  for age = 0, BUCKETS do
    list[age + 1] = hits[age]
    last = hits[age] > 0 and age + 1 or last
  end
  return 'c' .. pack('>I6', index) .. cmsgpack.pack({ unpack(list, 1, max(last, 1)) })
end

-- Redis keeps a key until its last millisecond is over, and a window ends with its last.
local function counter_ttl(policy)
  return max(policy.window - 1, 1)
end

-- Ms until the buckets from the oldest to this age count no more.
local function leaves_in(ms, index, width, age)
  return (index + BUCKETS + 1 - age) * width - ms
end
