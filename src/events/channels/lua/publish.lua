-- Publishes a message in a Cluster: to who listens to its name, and to who listens by pattern to its topic or to all. What nobody
-- hears is not published, as it would still go to the replicas of the node; who listens does so at the node itself.
-- KEYS: name, topic, all
-- ARGV: name, text
-- Reply: how many connections have heard it by name, and of those that listen by pattern to the topic, and to all
local receivers = 0
for place, channel in ipairs(KEYS) do
  if redis.call('PUBSUB', 'SHARDNUMSUB', channel)[2] > 0 then
    local message = place == 1 and ARGV[2] or ARGV[1] .. ' ' .. ARGV[2]
    receivers = receivers + redis.call('SPUBLISH', channel, message)
  end
end
return receivers
