-- Makes tasks pending now.
-- Uses: container
-- KEYS: pending scheduled retry archived completed groups
-- ARGV: task_prefix group_prefix states now_ns id...
-- Returns: for each task 1 changed, 0 no such task, -1 not where its state says, 10 + state refused
local containers = {pending = KEYS[1], scheduled = KEYS[2], retry = KEYS[3], archived = KEYS[4], completed = KEYS[5]}
local codes = {}
for i = 5, #ARGV do
  local id = ARGV[i]
  local task_key = ARGV[1] .. id
  local state, code = admissible(task_key, ARGV[3])
  if code == 1 and not is_in(containers, ARGV[2], task_key, state, id) then code = -1 end
  if code == 1 then
    redis.call('LPUSH', KEYS[1], id)
    redis.call('HSET', task_key, 'pending_since', ARGV[4], 'state', 'pending')
    take_out(containers, KEYS[6], ARGV[2], task_key, state, id)
  end
  codes[#codes + 1] = code
end
return codes
