-- Shared by scripts that end a task: finds its uniqueness lock and releases it.
-- Uses: field

-- Releases a lock if the task owns it. pcall: the name comes from the task, and the key may hold any type.
local function release(lock, id)
  if lock and lock ~= '' and redis.pcall('GET', lock) == id then
    redis.call('DEL', lock)
  end
end

-- The key of a task's lock. Go does not write the hash field for unique tasks in a group, so there it is read from the
-- message.
local function lock_of(message, unique_key, group)
  return unique_key or group and text_field(message or '', 10)
end

-- Releases the lock that these fields of a task name.
local function release_named(task_key, id, unique_key, group)
  release(lock_of(not unique_key and group and redis.call('HGET', task_key, 'msg'), unique_key, group), id)
end

-- Releases the lock of a task. A hash with two fields has only a message and a state, and HLEN is cheaper than HMGET.
local function release_lock(task_key, id)
  if redis.pcall('HLEN', task_key) == 2 then return end
  local stored = redis.pcall('HMGET', task_key, 'unique_key', 'group')
  release_named(task_key, id, stored[1], stored[2])
end
