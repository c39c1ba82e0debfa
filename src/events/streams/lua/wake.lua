-- Wakes those who wait for an event of a stream: of each group one, as one takes what there is. A member of the sorted set is
-- '<group> <channel>', where the group is escaped, so without spaces; who reads without a group has a name of its own in
-- that place. A process that is gone hears nothing, and the next one is asked; a Cluster does not count who hears on other nodes,
-- so there everybody is woken.
local function wake(idle, stream, everybody)
  local woken = {}
  for _, member in ipairs(redis.call('ZRANGE', idle, 0, -1)) do
    local group, channel = string.match(member, '^(%S+) (.+)$')
    if everybody or not woken[group] then
      woken[group] = redis.call('PUBLISH', channel, stream) > 0
      redis.call('ZREM', idle, member)
    end
  end
end
