-- Reads a page of tasks from a container: a list from the right, a sorted set by score. The page is shorter when
-- the tasks are large.
-- Uses: content
-- KEYS: container lease
-- ARGV: task_prefix kind start stop (the kind is list, zset or aside)
-- Returns: for each task id, score, message, state, result, pending_since, waits_until, lease, in turn
local scored = ARGV[2] ~= 'list'
local page = scored and redis.call('ZRANGE', KEYS[1], ARGV[3], ARGV[4], 'WITHSCORES')
  or redis.call('LRANGE', KEYS[1], ARGV[3], ARGV[4])
local width = scored and 2 or 1
local first, last, step = 1, #page - width + 1, width
if not scored then first, last, step = last, first, -step end
local rows, bytes = {}, 0
for i = first, last, step do
  local id = page[i]
  local stored = redis.pcall('HMGET', ARGV[1] .. id, 'msg', 'state', 'result', 'pending_since', 'waits_until')
  if stored.err then stored = {} end
  if ARGV[2] == 'aside' then stored = {content(ARGV[1] .. id), 'aside', stored[3]} end
  bytes = bytes + #(stored[1] or '') + #(stored[3] or '')
  rows[#rows + 1] = id
  rows[#rows + 1] = scored and page[i + 1] or false
  for field = 1, 5 do rows[#rows + 1] = stored[field] or false end
  -- Only active tasks have leases; a hash without a state may belong to one.
  local lease = (not stored[2] or stored[2] == 'active') and redis.pcall('ZSCORE', KEYS[2], id)
  rows[#rows + 1] = type(lease) == 'string' and lease
  if bytes > 1048576 then break end
end
return rows
