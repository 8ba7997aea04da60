-- Stores the result of a task that still exists.
-- KEYS: task
-- ARGV: result
-- Returns: 1 stored, 0 no such task
-- pcall: a key of another type is no task.
if redis.pcall('HEXISTS', KEYS[1], 'msg') ~= 1 then return 0 end
redis.call('HSET', KEYS[1], 'result', ARGV[1])
return 1
