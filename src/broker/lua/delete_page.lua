-- Deletes a page of tasks with their locks, and ids without a task. Tasks that say they are elsewhere stay.
-- KEYS: container groups
-- ARGV: task_prefix state group offset count
-- Returns: how many were deleted, and how many stay
local task_prefix, state, group, offset = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local ids = page_of(KEYS[1], state, offset, tonumber(ARGV[5]))
local plain = state == 'pending' and 3 or 2
local places, task_keys = {}, {}
for place, id in ipairs(ids) do
  local task_key = task_prefix .. id
  local here = is_here(task_key, state, group)
  if here then release_lock(task_key, id, plain) end
  -- What is of another type is a stranger's, and stays; a task that does not say where it is stays as well.
  local stored = not here and redis.pcall('HMGET', task_key, 'state', 'msg')
  if here or not stored[1] and not stored[2] then
    places[#places + 1] = place
    if here or not stored.err then task_keys[#task_keys + 1] = task_key end
  end
end
if #task_keys > 0 then redis.call('DEL', unpack(task_keys)) end
take_off(KEYS[1], KEYS[2], state, group, offset, ids, places)
return {#places, #ids - #places}
