-- Moves due tasks to pending, or into their group. An id without a message is set aside or, if there is nothing to keep,
-- dropped. The hash of a grouped task that was scheduled has no group field, so its message is read.
-- Uses: aside field
-- KEYS: scheduled retry pending groups aside
-- ARGV: task_prefix group_prefix now now_ns limit
-- Returns: how many were due; the second at which the next one is, or -1; the ids set aside
local moved, next_at = 0, -1
for source = 1, 2 do
  local due = redis.call('ZRANGEBYSCORE', KEYS[source], '-inf', ARGV[3], 'LIMIT', 0, ARGV[5] - moved)
  for _, id in ipairs(due) do
    local task_key = ARGV[1] .. id
    local stored = redis.pcall('HMGET', task_key, 'msg', 'group')
    local message, group = stored[1], stored[2]
    if not message then
      set_aside(KEYS[5], task_key, id)
    else
      group = group or text_field(message, 14) or ''
      if group ~= '' then
        redis.call('SADD', KEYS[4], group)
        redis.call('ZADD', ARGV[2] .. group, ARGV[3], id)
        redis.call('HSET', task_key, 'state', 'aggregating', 'group', group)
      else
        redis.call('LPUSH', KEYS[3], id)
        redis.call('HSET', task_key, 'state', 'pending', 'pending_since', ARGV[4])
      end
    end
    redis.call('ZREM', KEYS[source], id)
  end
  moved = moved + #due
  local first = tonumber(redis.call('ZRANGE', KEYS[source], 0, 0, 'WITHSCORES')[2])
  if first and (next_at < 0 or first < next_at) then next_at = math.ceil(first) end
end
return {moved, next_at, set_aside_ids}
