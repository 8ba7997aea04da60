-- Moves due tasks to pending, or into their group. An id without a message is dropped.
-- A grouped task that was scheduled has no group field in its hash, so its message is asked.
-- KEYS: source pending groups
-- ARGV: task_prefix group_prefix now now_ns limit
-- Returns: how many were due, and the second at which the next one is, or -1
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[3], 'LIMIT', 0, ARGV[5])
for _, id in ipairs(due) do
  local task_key = ARGV[1] .. id
  local stored = redis.pcall('HMGET', task_key, 'msg', 'group')
  local message, group = stored[1], stored[2]
  if not message then
    if not stored.err then redis.call('DEL', task_key) end
  else
    group = group or text_field(message, 14) or ''
    if group ~= '' then
      redis.call('ZADD', ARGV[2] .. group, ARGV[3], id)
      redis.call('SADD', KEYS[3], group)
      redis.call('HSET', task_key, 'state', 'aggregating', 'group', group)
    else
      redis.call('LPUSH', KEYS[2], id)
      redis.call('HSET', task_key, 'state', 'pending', 'pending_since', ARGV[4])
    end
  end
  redis.call('ZREM', KEYS[1], id)
end
local next_due = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {#due, math.ceil(tonumber(next_due[2] or -1))}
