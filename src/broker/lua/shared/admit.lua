-- Shared by scripts that enqueue: may this task come in? A lock time of 0 means no lock.

-- The id is looked at before the lock is taken, so that a taken id leaves no lock behind. The same
-- message under the same id is told apart: after a lost reply it means that the first try succeeded.
local function admit(task_key, lock, id, message, lock_seconds)
  local exists = redis.call('EXISTS', task_key) == 1
  local same = exists and redis.pcall('HGET', task_key, 'msg') == message
  if lock_seconds ~= '0' then
    local owner = redis.pcall('GET', lock)
    if owner and not (same and owner == id) then return -1 end
  end
  if same then return 2 end
  return exists and 0 or 1
end

-- Takes the lock and notes its key in the task.
local function take_lock(task_key, lock, id, lock_seconds)
  if lock_seconds == '0' then return end
  redis.call('SET', lock, id, 'EX', lock_seconds)
  redis.call('HSET', task_key, 'unique_key', lock)
end
