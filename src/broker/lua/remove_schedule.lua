-- Removes a schedule and its history.
-- KEYS: names version schedule history
-- ARGV: name revision
-- Returns: 1 removed, 0 there is no such schedule
redis.call('SREM', KEYS[1], ARGV[1])
local known = redis.call('DEL', KEYS[3]) == 1
redis.call('DEL', KEYS[4])
if not known then return 0 end
-- The version stays when no schedule is left: if it is missing, the server has lost its data.
redis.call('SET', KEYS[2], ARGV[2])
return 1
