-- Takes an entry out, and gives what tells whether it held a value: of those who take it at once, one gets it.
-- KEYS: entry
-- ARGV: channel
-- Reply: a list: the time in ms; the frame of the entry without its value, or nothing
local frame = redis.call('GET', KEYS[1])
redis.call('UNLINK', KEYS[1])
if ARGV[1] ~= '' then
  redis.call('PUBLISH', ARGV[1], KEYS[1])
end
if frame and #frame >= 50 then
  frame = frame:sub(1, 50 + struct.unpack('>I2', frame, 49))
end
return { nowMs(), frame }
