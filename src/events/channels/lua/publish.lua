-- Publishes a message in a Cluster: to who listens to its name, and to who listens by pattern to its topic or to all. What nobody
-- hears is not published, as it would still go to the replicas of the node; who listens does so at the node itself.
-- KEYS: name, topic, all
-- ARGV: name, text
-- Reply: how many connections have heard it by name, and of those that listen by pattern to the topic, and to all
local function publish(channel, head)
  if redis.call('PUBSUB', 'SHARDNUMSUB', channel)[2] == 0 then
    return 0
  end
  return redis.call('SPUBLISH', channel, head .. ARGV[2])
end
local name = ARGV[1] .. ' '
return publish(KEYS[1], '') + publish(KEYS[2], name) + publish(KEYS[3], name)
