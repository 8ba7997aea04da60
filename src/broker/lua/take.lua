-- Takes a task out of its queue, if it is unchanged, and keeps it until it is in another queue. Its uniqueness lock is released.
-- Uses: container near clear lock
-- KEYS: pending active scheduled retry archived completed groups lease aside
-- ARGV: task_prefix group_prefix states moving_prefix moving id old_message message destination mark place (from the right end of
-- pending, for an id that is near neither end; empty if that is not known)
-- Returns: 1 taken, 0 no such task, -2 changed meanwhile, -3 not in the container of its state, -5 deep in pending, -6 another
-- task of this id is on its way, 10 + state refused
local id = ARGV[6]
local task_key, kept = ARGV[1] .. id, ARGV[4] .. id
-- After a lost answer, it is kept already.
local mark = redis.call('HGET', kept, 'qctl_mark')
if mark then return mark == ARGV[10] and 1 or -6 end
local state, code = admissible(task_key, ARGV[3])
if code ~= 1 then return code end
if not is_in(ARGV[2], task_key, state, id) then return -3 end
local stored = redis.call('HMGET', task_key, 'msg', 'unique_key', 'group')
if stored[1] ~= ARGV[7] then return -2 end
local lock = lock_of(stored[1], stored[2], stored[3])
local left = lock and lock ~= '' and redis.pcall('GET', lock) == id and redis.call('PTTL', lock) or ''
local score = ''
if state == 'aggregating' then
  score = redis.call('ZSCORE', ARGV[2] .. stored[3], id)
elseif state ~= 'pending' then
  score = redis.call('ZSCORE', containers[state], id)
end
local SLACK = 500
if state ~= 'pending' then
  if not take_out(ARGV[2], task_key, state, id) then return -3 end
elseif ARGV[11] == '' then
  local rank = nearer_end(KEYS[1], id)
  if not rank or rank == 0 then return -5 end
  if not take_out(ARGV[2], task_key, state, id, rank) then return -3 end
else
  local length = redis.call('LLEN', KEYS[1])
  local first = math.max(length - 1 - tonumber(ARGV[11]) - SLACK, 0)
  local found
  for i, other in ipairs(redis.call('LRANGE', KEYS[1], first, first + 2 * SLACK)) do
    if other == id then found = first + i - 1 end
  end
  if not found then return -3 end
  clear(KEYS[1], {found})
end
if left ~= '' then redis.call('DEL', lock) end
redis.call('RENAME', task_key, kept)
redis.call('HDEL', kept, 'qctl_claim', 'qctl_lost', 'waits_until')
redis.call('HSET', kept, 'msg', ARGV[8], 'qctl_old', ARGV[7], 'qctl_to', ARGV[9], 'qctl_mark', ARGV[10], 'qctl_score', score,
  'qctl_lock', left)
redis.call('SADD', ARGV[5], id)
return 1
