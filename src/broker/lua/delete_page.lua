-- Deletes a page of tasks with their locks, and ids without a task. Tasks that say they are elsewhere stay.
-- KEYS: container groups
-- ARGV: task_prefix state group offset count
-- Returns: how many were deleted, and how many stay
local task_prefix, state, group, offset = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local ids = page_of(KEYS[1], state, offset, tonumber(ARGV[5]))
local places, task_keys = {}, {}
for place, id in ipairs(ids) do
  local task_key = task_prefix .. id
  -- pcall: a key of another type is no task, and stays.
  local stored = redis.pcall('HMGET', task_key, 'state', 'unique_key', 'group')
  local unique_key, of_group = stored[2], stored[3]
  local here = stored[1] == state and (state ~= 'aggregating' or of_group == group)
  local nothing = not stored[1] and (stored.err or redis.call('HEXISTS', task_key, 'msg') == 0)
  if here and (unique_key or of_group) then
    release(lock_of(not unique_key and redis.call('HGET', task_key, 'msg'), unique_key, of_group), id)
  end
  if here or nothing then
    places[#places + 1] = place
    if not stored.err then task_keys[#task_keys + 1] = task_key end
  end
end
if #task_keys > 0 then redis.call('DEL', unpack(task_keys)) end
take_off(KEYS[1], KEYS[2], state, group, offset, ids, places)
return {#places, #ids - #places}
