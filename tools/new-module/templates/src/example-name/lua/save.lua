-- Saves a text as the next version of an entry, unless the entry has another version than the expected one.
-- KEYS: entry
-- ARGV: text, expectedVersion, ttlMs
-- Reply: the new version | 0 another version is there, and nothing was changed
-- An empty expectedVersion stands for any, and 0 for an entry that does not exist yet.
local entry, text, expected = KEYS[1], ARGV[1], ARGV[2]
local version = tonumber(redis.call('HGET', entry, 'version') or 0)
if expected ~= '' and tonumber(expected) ~= version then
  return 0
end
redis.call('HSET', entry, 'version', version + 1, 'text', text)
redis.call('PEXPIRE', entry, ARGV[3])
return version + 1
