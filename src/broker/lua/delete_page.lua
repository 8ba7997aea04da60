-- Deletes a page of tasks with their locks, and ids without a task. Tasks that say they are elsewhere stay.
-- Uses: lock page
-- KEYS: container groups
-- ARGV: task_prefix state group offset count
-- Returns: how many were deleted, and how many stay
local state, group, offset = ARGV[2], ARGV[3], tonumber(ARGV[4])
local ids = page_of(KEYS[1], state, offset, tonumber(ARGV[5]))
local gone = {}
local places, chosen = choose(ids, ARGV[1], function(task_key, id)
  local stored = {}
  if is_here(task_key, state, group) then
    release_lock(task_key, id)
  else
    stored = redis.pcall('HMGET', task_key, 'state', 'msg')
    if stored[1] or stored[2] then return false end
  end
  -- A key of another type is a stranger's, and stays.
  if not stored.err then gone[#gone + 1] = task_key end
  return true
end)
if #gone > 0 then redis.call('DEL', unpack(gone)) end
take_off(KEYS[1], KEYS[2], state, group, offset, #ids, places, chosen)
return {#chosen, #ids - #chosen}
