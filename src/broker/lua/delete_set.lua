-- Deletes tasks of an aggregation set with their locks; the last one also closes the set.
-- Uses: lock
-- KEYS: set aggregation_sets
-- ARGV: task_prefix limit
-- Returns: how many are left
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[2] - 1)) do
  release_lock(ARGV[1] .. id, id)
  redis.call('DEL', ARGV[1] .. id)
  redis.call('ZREM', KEYS[1], id)
end
local left = redis.call('ZCARD', KEYS[1])
if left == 0 then redis.call('ZREM', KEYS[2], KEYS[1]) end
return left
