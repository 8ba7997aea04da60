-- Makes a page of tasks pending now. Those that say they are elsewhere stay.
-- Uses: page
-- KEYS: container groups pending
-- ARGV: task_prefix state group offset count now_ns
-- Returns: how many were changed, and how many stay
local state, group, offset = ARGV[2], ARGV[3], tonumber(ARGV[4])
local ids = page_of(KEYS[1], state, offset, tonumber(ARGV[5]))
local places, chosen, task_keys = choose(ids, ARGV[1], function(task_key)
  return is_here(task_key, state, group)
end)
for _, task_key in ipairs(task_keys) do
  redis.call('HSET', task_key, 'pending_since', ARGV[6], 'state', 'pending')
end
if #chosen > 0 then redis.call('LPUSH', KEYS[3], unpack(chosen)) end
take_off(KEYS[1], KEYS[2], state, group, offset, #ids, places, chosen)
return {#chosen, #ids - #chosen}
