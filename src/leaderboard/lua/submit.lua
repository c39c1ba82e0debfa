-- Files scores, one after the other, each into every window of the board. A request with a mark that comes again is answered as
-- it was the first time; one of which nothing was filed leaves no mark, and is tried again.
-- KEYS: board, periods, mark
-- ARGV: version, fromMs, untilMs, width, tie, zeroHigh, zeroLow, markMs
-- Reply: a refusal, or 1 and six numbers for each entry, as entry.lua says. After KEYS: set, members and metadata of each
--   window. After ARGV: name and end (0: none) of each window, then id, operator (best, set, add), halves of the score and
--   metadata of each entry
local refused = refusal(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if refused then
  return refused
end
local markMs = tonumber(ARGV[8])
local boardId = markMs > 0 and redis.call('HGET', KEYS[1], 'id')
local mark = boardId and redis.call('GET', KEYS[3])
local markedId, answered = unpack(mark and cmsgpack.unpack(mark) or {})
-- A board of this name that has been deleted answered something else.
if answered and markedId == boardId then
  return answered
end
local board = { key = KEYS[1], periods = KEYS[2], width = tonumber(ARGV[4]), tie = tonumber(ARGV[5]) }
board.zeroHigh, board.zeroLow = tonumber(ARGV[6]), tonumber(ARGV[7])
local windows, place = {}, 9
for key = 4, #KEYS, 3 do
  local window = { name = ARGV[place], endsAt = tonumber(ARGV[place + 1]) }
  window.set, window.members, window.metadata = KEYS[key], KEYS[key + 1], KEYS[key + 2]
  windows[#windows + 1] = window
  place = place + 2
end
local reply, isFiled = { 1 }, false
for entry = place, #ARGV, 5 do
  local id, operator, metadata = ARGV[entry], ARGV[entry + 1], ARGV[entry + 4]
  local high, low = tonumber(ARGV[entry + 2]), tonumber(ARGV[entry + 3])
  local said = { fileEntry(board, windows, id, operator, high, low, metadata) }
  isFiled = isFiled or said[1] ~= 3
  for index = 1, 6 do
    reply[#reply + 1] = said[index]
  end
end
if isFiled and markMs > 0 then
  redis.call('SET', KEYS[3], cmsgpack.pack({ boardId, reply }), 'PX', markMs)
end
return reply
