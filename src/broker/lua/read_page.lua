-- Reads a page of tasks from a container.
-- KEYS: container lease
-- ARGV: task_prefix list_or_zset start stop
-- Returns: for each task id, score, message, state, result, pending_since, lease, in turn
local page, scored = {}, ARGV[2] == 'zset'
if scored then
  page = redis.call('ZRANGE', KEYS[1], ARGV[3], ARGV[4], 'WITHSCORES')
else
  page = redis.call('LRANGE', KEYS[1], ARGV[3], ARGV[4])
end
local rows = {}
for i = 1, #page, scored and 2 or 1 do
  local id = page[i]
  local stored = redis.pcall('HMGET', ARGV[1] .. id, 'msg', 'state', 'result', 'pending_since')
  if stored.err then stored = {} end
  rows[#rows + 1] = id
  rows[#rows + 1] = scored and page[i + 1] or false
  for field = 1, 4 do rows[#rows + 1] = stored[field] or false end
  rows[#rows + 1] = redis.call('ZSCORE', KEYS[2], id)
end
return rows
