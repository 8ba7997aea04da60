-- Shared by scripts that archive: the archive holds 9999 tasks and none older than 90 days.
-- Uses: lock

-- Deletes at most `limit` tasks that are over age, then at most `limit` that are over number.
-- Locks and hashes go with them: Asynq's inspector leaves both behind. Returns how many.
local function trim(archived, task_prefix, now, limit)
  local deleted = 0
  local function delete(ids)
    if #ids == 0 then return end
    local task_keys = {}
    for i, id in ipairs(ids) do
      task_keys[i] = task_prefix .. id
      release_lock(task_keys[i], id)
    end
    redis.call('DEL', unpack(task_keys))
    redis.call('ZREMRANGEBYRANK', archived, 0, #ids - 1)
    deleted = deleted + #ids
  end
  local oldest = now - 90 * 24 * 3600
  delete(redis.call('ZRANGEBYSCORE', archived, '-inf', oldest, 'LIMIT', 0, limit))
  local over = math.min(redis.call('ZCARD', archived) - 9999, limit)
  if over > 0 then delete(redis.call('ZRANGE', archived, 0, over - 1)) end
  return deleted
end
