-- Puts other roles into a session's info, of which they are the beginning. Answer: its chunks now.
local function changeRoles(user, number, infos, roles)
  local info = textOf(user, number, 'i', infos)
  local fields = {}
  local chunks = addChunks(fields, number, 'i', roles .. string.sub(info, (string.find(info, ',\n', 1, true))))
  redis.call('HSET', user, unpack(fields))
  for i = chunks + 1, infos do
    redis.call('HDEL', user, number .. 'i' .. i)
  end
  return chunks
end
