-- Admits a write under a lease, unless one under a later lease was here before.
-- KEYS: mark
-- ARGV: token
-- Reply: 1 admitted | 0 it is too late
return admit(KEYS[1], ARGV[1]) and 1 or 0
