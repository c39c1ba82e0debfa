-- Removes a board with all its windows.
-- KEYS: board, periods
-- ARGV: periods
-- Reply: 1 removed, 0 there is none, 2 it has other periods than those of ARGV, whose keys follow the named ones
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
if table.concat(redis.call('ZRANGE', KEYS[2], 0, -1), ' ') ~= ARGV[1] then
  return 2
end
for index = 1, #KEYS do
  redis.call('UNLINK', KEYS[index])
end
return 1
