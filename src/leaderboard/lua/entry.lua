-- Files one score into every window, the widest first, or into none. Answers 0 unchanged, 1 changed, 2 new or 3 out of range,
-- then the halves of the score before and of the score now, and the rank from 0, all of the widest window.
local function fileEntry(board, windows, id, operator, high, low, metadata)
  local width, plans, tie = board.width, {}, nil
  for index, window in ipairs(windows) do
    local oldHigh, oldLow, place = scoreOf(window.set, window.members, id, width)
    local newHigh, newLow = high, low
    if operator == 'add' then
      newHigh, newLow = sum(oldHigh or board.zeroHigh, oldHigh and oldLow or board.zeroLow, high, low, width)
      if not newHigh then
        return 3, 0, 0, 0, 0, 0
      end
    elseif operator == 'best' and oldHigh and (oldHigh < high or oldHigh == high and oldLow <= low) then
      newHigh, newLow = oldHigh, oldLow
    end
    local changed = not (oldHigh and newHigh == oldHigh and newLow == oldLow)
    plans[index] = { oldHigh, oldLow, newHigh, newLow, place, changed }
  end
  for index, window in ipairs(windows) do
    local oldHigh, oldLow, newHigh, newLow, place, changed = unpack(plans[index], 1, 6)
    if changed then
      tie = tie or nextTie(board)
      if put(window.set, window.members, id, newHigh, newLow, tie, place, width) == 1 then
        begin(board, window)
      end
    end
    if metadata ~= '' and (changed or operator ~= 'best') then
      keep(window, id, metadata)
    end
  end
  local oldHigh, oldLow, newHigh, newLow, _, changed = unpack(plans[1], 1, 6)
  local rank = rankOf(windows[1].set, windows[1].members, id, width)
  local code = not oldHigh and 2 or changed and 1 or 0
  return code, spelt(oldHigh or 0, width), oldHigh and oldLow or 0, spelt(newHigh, width), newLow, rank
end
