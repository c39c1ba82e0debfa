-- The time where a board lies: by it a period is over, and takes no more scores.
-- KEYS: board
-- ARGV:
-- Reply: milliseconds since the epoch, or 0 when there is no such board
return redis.call('EXISTS', KEYS[1]) == 1 and nowMs() or 0
