-- Makes a lease last for ttlMs from now on, never shorter than it does.
-- KEYS: leases
-- ARGV: id, ttlMs
-- Reply: {1, token, end in epoch ms, mode} | nothing: it is not held
return renew(open_lock(KEYS[1]), ARGV[1], ARGV[2] * 1000)
