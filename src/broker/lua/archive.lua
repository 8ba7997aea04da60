-- Archives tasks and trims the archive.
-- Uses: container near trim
-- KEYS: pending scheduled retry archived completed groups
-- ARGV: task_prefix group_prefix states now id...
-- Returns: for each task, or for the first ones, 1 changed, 0 no such task, -1 not where its state says,
-- -2 too deep in pending, 10 + state refused
local containers = {pending = KEYS[1], scheduled = KEYS[2], retry = KEYS[3], archived = KEYS[4], completed = KEYS[5]}
local codes, changed = {}, 0
for i = 5, #ARGV do
  local id = ARGV[i]
  local task_key = ARGV[1] .. id
  local state, code = admissible(task_key, ARGV[3])
  local rank = code == 1 and state == 'pending' and nearer_end(KEYS[1], id)
  if rank == nil then break end
  if rank == 0 then code = -2 end
  if code == 1 and not is_in(containers, ARGV[2], task_key, state, id) then code = -1 end
  if code == 1 then
    redis.call('ZADD', KEYS[4], ARGV[4], id)
    redis.call('HSET', task_key, 'state', 'archived')
    redis.call('HDEL', task_key, 'pending_since')
    take_out(containers, KEYS[6], ARGV[2], task_key, state, id, rank)
    changed = changed + 1
  end
  codes[#codes + 1] = code
end
trim(KEYS[4], ARGV[1], tonumber(ARGV[4]), changed + 100)
return codes
