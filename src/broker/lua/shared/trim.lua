-- Shared by scripts that archive: the archive holds 9999 tasks and none older than 90 days.
-- Uses: aside lock

-- Deletes at most `limit` tasks that are too old, then at most `limit` that are too many, with their hashes and locks:
-- Asynq's inspector leaves both behind. An id without a message is set aside. Returns how many left the archive.
local function trim(archived, aside, task_prefix, now, limit)
  local deleted = 0
  local function delete(ids)
    if #ids == 0 then return end
    local task_keys = {}
    for _, id in ipairs(ids) do
      local task_key = task_prefix .. id
      -- pcall: a key of another type is not a task.
      if redis.pcall('HEXISTS', task_key, 'msg') == 1 then
        release_lock(task_key, id)
        task_keys[#task_keys + 1] = task_key
      else
        set_aside(aside, task_key, id)
      end
    end
    if #task_keys > 0 then redis.call('DEL', unpack(task_keys)) end
    redis.call('ZREMRANGEBYRANK', archived, 0, #ids - 1)
    deleted = deleted + #ids
  end
  local oldest = now - 90 * 24 * 3600
  delete(redis.call('ZRANGEBYSCORE', archived, '-inf', oldest, 'LIMIT', 0, limit))
  local over = math.min(redis.call('ZCARD', archived) - 9999, limit)
  if over > 0 then delete(redis.call('ZRANGE', archived, 0, over - 1)) end
  return deleted
end
