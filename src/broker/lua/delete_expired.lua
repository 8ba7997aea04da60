-- Deletes completed tasks whose retention is over.
-- Uses: lock
-- KEYS: completed
-- ARGV: task_prefix now limit
-- Returns: how many
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])
for _, id in ipairs(ids) do
  release_lock(ARGV[1] .. id, id)
  redis.call('DEL', ARGV[1] .. id)
  redis.call('ZREM', KEYS[1], id)
end
return #ids
