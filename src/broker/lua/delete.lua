-- Deletes tasks with their locks.
-- Uses: container lock near
-- KEYS: pending scheduled retry archived completed groups
-- ARGV: task_prefix group_prefix states id...
-- Returns: for each task, or for the first ones, 1 changed, 0 no such task, -1 not where its state says,
-- -2 too deep in pending, 10 + state refused
local containers = {pending = KEYS[1], scheduled = KEYS[2], retry = KEYS[3], archived = KEYS[4], completed = KEYS[5]}
local codes = {}
for i = 4, #ARGV do
  local id = ARGV[i]
  local task_key = ARGV[1] .. id
  local state, code = admissible(task_key, ARGV[3])
  if code == 1 then
    local rank = state == 'pending' and nearer_end(KEYS[1], id)
    if rank == nil then break end
    if rank == 0 then
      code = -2
    elseif not take_out(containers, KEYS[6], ARGV[2], task_key, state, id, rank) then
      code = -1
    end
  end
  if code == 1 then
    release_lock(task_key, id)
    redis.call('DEL', task_key)
  end
  codes[#codes + 1] = code
end
return codes
