-- Deletes completed tasks whose retention has expired. An id without a message is set aside or, if there is nothing to keep,
-- dropped.
-- Uses: aside lock
-- KEYS: completed aside
-- ARGV: task_prefix now limit
-- Returns: how many; the ids set aside
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])
for _, id in ipairs(ids) do
  local task_key = ARGV[1] .. id
  -- pcall: a key of another type is not a task.
  if redis.pcall('HEXISTS', task_key, 'msg') == 1 then
    release_lock(task_key, id)
    redis.call('DEL', task_key)
  else
    set_aside(KEYS[2], task_key, id)
  end
  redis.call('ZREM', KEYS[1], id)
end
return {#ids, set_aside_ids}
