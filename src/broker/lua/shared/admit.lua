-- Shared by scripts that enqueue: whether a task may be stored. A lock time of 0 means no lock. With `only_look`, nothing is
-- deleted to make room.

-- The id is checked before the lock is taken, so that a taken id leaves no lock behind. The same message under the same
-- id has a code of its own: after a lost reply, it means that the first attempt succeeded. Go leaves a hash with nothing
-- but a result when it writes one late; such an id is free.
local function admit(task_key, lock, id, message, lock_seconds, only_look)
  local exists = redis.call('EXISTS', task_key) == 1
  local stored = exists and redis.pcall('HMGET', task_key, 'msg', 'state')
  local left_over = exists and not stored.err and not stored[1]
    and redis.call('HLEN', task_key) == 1 and redis.call('HEXISTS', task_key, 'result') == 1
  local same = exists and stored[1] == message
  if lock_seconds ~= '0' then
    local owner = redis.pcall('GET', lock)
    if owner and not (same and owner == id) then return -1 end
  end
  if same then return 2 end
  if exists and not left_over then return 0 end
  if left_over and not only_look then redis.call('DEL', task_key) end
  return 1
end

-- Takes the lock and notes its key in the task.
local function take_lock(task_key, lock, id, lock_seconds)
  if lock_seconds == '0' then return end
  redis.call('SET', lock, id, 'EX', lock_seconds)
  redis.call('HSET', task_key, 'unique_key', lock)
end
