-- Makes a board, or changes of one that is there what its scores do not depend on.
-- KEYS: board
-- ARGV: version, definition, fixed, id
-- Reply: 1, or 0 when a board of this name has other fixed parts
local fixed = redis.call('HGET', KEYS[1], 'fixed')
if fixed and fixed ~= ARGV[3] then
  return 0
end
redis.call('HSETNX', KEYS[1], 'id', ARGV[4])
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'definition', ARGV[2], 'fixed', ARGV[3])
return 1
