-- Archives a page of tasks, and trims the archive. Those that say they are elsewhere stay.
-- Uses: page trim
-- KEYS: container groups archived
-- ARGV: task_prefix state group offset count now
-- Returns: how many were changed, and how many stay
local state, group, offset = ARGV[2], ARGV[3], tonumber(ARGV[4])
local ids = page_of(KEYS[1], state, offset, tonumber(ARGV[5]))
local places, chosen, task_keys = choose(ids, ARGV[1], function(task_key)
  return is_here(task_key, state, group)
end)
local scored = {}
for i, task_key in ipairs(task_keys) do
  redis.call('HSET', task_key, 'state', 'archived')
  if state == 'pending' then redis.call('HDEL', task_key, 'pending_since') end
  scored[2 * i - 1], scored[2 * i] = ARGV[6], chosen[i]
end
if #chosen > 0 then redis.call('ZADD', KEYS[3], unpack(scored)) end
take_off(KEYS[1], KEYS[2], state, group, offset, #ids, places, chosen)
trim(KEYS[3], ARGV[1], tonumber(ARGV[6]), #chosen + 100)
return {#chosen, #ids - #chosen}
