-- Stores the result of a task that still exists.
-- KEYS: task
-- ARGV: result
-- Returns: 1 stored, 0 no such task
if redis.call('HEXISTS', KEYS[1], 'msg') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'result', ARGV[1])
return 1
