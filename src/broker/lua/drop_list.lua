-- Deletes tasks in a list of a queue that is being dropped, with their locks.
-- Uses: lock
-- KEYS: container
-- ARGV: task_prefix limit
-- Returns: how many
local ids = redis.call('RPOP', KEYS[1], ARGV[2]) or {}
for _, id in ipairs(ids) do
  release_lock(ARGV[1] .. id, id)
  redis.call('DEL', ARGV[1] .. id)
end
return #ids
