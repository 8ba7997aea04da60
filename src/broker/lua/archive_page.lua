-- Archives a page of tasks, and trims the archive. Those that say they are elsewhere stay.
-- KEYS: container groups archived
-- ARGV: task_prefix state group offset count now
-- Returns: how many were changed, and how many stay
local task_prefix, state, group, offset, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[6]
local ids = page_of(KEYS[1], state, offset, tonumber(ARGV[5]))
local places, changed = {}, {}
for place, id in ipairs(ids) do
  local task_key = task_prefix .. id
  if is_here(task_key, state, group) then
    redis.call('HSET', task_key, 'state', 'archived')
    if state == 'pending' then redis.call('HDEL', task_key, 'pending_since') end
    places[#places + 1] = place
    changed[#changed + 1] = now
    changed[#changed + 1] = id
  end
end
if #places > 0 then redis.call('ZADD', KEYS[3], unpack(changed)) end
take_off(KEYS[1], KEYS[2], state, group, offset, ids, places)
trim(KEYS[3], task_prefix, tonumber(now), #places + 100)
return {#places, #ids - #places}
