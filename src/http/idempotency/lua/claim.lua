-- Claims an idempotency key for the request that comes first, or says what is known of it.
-- KEYS: answer
-- ARGV: fingerprint, claim, pendingTtlMs
-- Reply: nil when claimed | the record of the first request
local record = redis.call('GET', KEYS[1])
if record then
  return record
end
redis.call('SET', KEYS[1], 'P' .. ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return nil
