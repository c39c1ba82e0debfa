-- Makes room for one more session: the oldest ones go. They are so few that their creation need not be kept apart.
local function makeRoom(user, live, max)
  for _, session in ipairs(live) do
    local info = textOf(user, session.number, 'i', (chunksOf(session.parts)))
    session.createdAt = session.absoluteAt - tonumber(string.match(info, ',\n(%d+)'))
  end
  table.sort(live, function(a, b) return a.createdAt < b.createdAt end)
  local evicted = {}
  for i = 1, #live - max + 1 do
    evicted[i] = live[i]
    removeSession(user, live[i])
  end
  return evicted
end
