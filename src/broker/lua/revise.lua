-- Replaces the message of a task, moves its uniqueness lock to the new key for the remaining time, and changes when it is due.
-- Uses: container lock receipt
-- KEYS: pending active scheduled retry archived completed groups lease aside unique_lock
-- ARGV: task_prefix group_prefix states receipt call id old_message message start_at (empty: as before)
-- Returns: 1 changed, 0 no such task, -1 duplicate, -2 changed meanwhile, -3 not in the container of its state, 10 + state refused,
-- 20 + state has no start
local id, old, new, start = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
-- After a lost answer, the task may have run meanwhile.
if performed(ARGV[4], ARGV[5]) then return 1 end
local task_key = ARGV[1] .. id
local state, code = admissible(task_key, ARGV[3])
if code ~= 1 then return code end
if not is_in(ARGV[2], task_key, state, id) then return -3 end
local due = (state == 'scheduled' or state == 'retry') and containers[state]
if start ~= '' and not due then return 20 + numbers[state] end
local stored = redis.call('HMGET', task_key, 'msg', 'unique_key', 'group')
-- Without a receipt, it is the new one already after a lost answer.
if stored[1] ~= old and stored[1] ~= new then return -2 end
local lock = lock_of(stored[1], stored[2], stored[3])
if stored[1] ~= new and lock and lock ~= '' and lock ~= KEYS[10] and redis.pcall('GET', lock) == id then
  local owner = redis.pcall('GET', KEYS[10])
  if owner and owner ~= id then return -1 end
  local left = redis.call('PTTL', lock)
  redis.call('SET', KEYS[10], id)
  if left >= 0 then redis.call('PEXPIRE', KEYS[10], math.max(left, 1)) end
  redis.call('HSET', task_key, 'unique_key', KEYS[10])
  redis.call('DEL', lock)
end
redis.call('HSET', task_key, 'msg', new)
if start ~= '' then redis.call('ZADD', due, 'XX', start, id) end
leave_receipt(ARGV[4], ARGV[5], '')
return 1
