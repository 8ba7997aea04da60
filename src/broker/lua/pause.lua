-- Pauses a queue.
-- KEYS: paused
-- ARGV: now
-- Returns: 1 paused, 0 it was paused before
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
-- A full Redis refuses a script whose first write needs memory, and that is when queues are paused.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1])
return 1
