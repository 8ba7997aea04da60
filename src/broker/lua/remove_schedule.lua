-- Forgets a schedule and what it has done.
-- KEYS: names version schedule history
-- ARGV: name revision
-- Returns: 1 removed, 0 there is none
redis.call('SREM', KEYS[1], ARGV[1])
local known = redis.call('DEL', KEYS[3]) == 1
redis.call('DEL', KEYS[4])
if not known then return 0 end
-- It stays without any schedule: where it is missing, what was stored has been lost.
redis.call('SET', KEYS[2], ARGV[2])
return 1
