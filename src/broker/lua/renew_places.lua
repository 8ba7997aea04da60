-- Moves the end of places forward, never back. A full Redis refuses what needs memory unless a write that needs none came
-- before; places must be kept there too, so the script starts with a removal that does nothing.
-- KEYS: places
-- ARGV: ends_at member...
-- Returns: nothing
redis.call('ZREM', KEYS[1], '')
for at = 2, #ARGV do redis.call('ZADD', KEYS[1], 'GT', ARGV[1], ARGV[at]) end
