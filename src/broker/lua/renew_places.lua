-- Moves the end of places forward, never back. A full Redis refuses what needs memory unless a write that needs none came
-- before; places must be kept there too, so the script starts with a removal that does nothing.
-- KEYS: places
-- ARGV: ends_at member...
-- Returns: how many places are new, because somebody has removed them
redis.call('ZREM', KEYS[1], '')
local new = 0
for at = 2, #ARGV do new = new + redis.call('ZADD', KEYS[1], 'GT', ARGV[1], ARGV[at]) end
return new
