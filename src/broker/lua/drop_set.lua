-- Deletes tasks in a sorted set of a queue that is being dropped, with their locks.
-- Uses: lock
-- KEYS: container
-- ARGV: task_prefix limit
-- Returns: how many
local ids = redis.call('ZRANGE', KEYS[1], 0, ARGV[2] - 1)
for _, id in ipairs(ids) do
  release_lock(ARGV[1] .. id, id)
  redis.call('DEL', ARGV[1] .. id)
  redis.call('ZREM', KEYS[1], id)
end
return #ids
