-- Releases the uniqueness lock that was taken for a task which does not come.
-- Uses: lock
-- KEYS: task unique_lock
-- ARGV: id
-- Returns: 1
if redis.call('EXISTS', KEYS[1]) == 0 then release(KEYS[2], ARGV[1]) end
return 1
