-- Deletes tasks with their locks.
-- Uses: container lock near receipt
-- KEYS: pending active scheduled retry archived completed groups lease aside
-- ARGV: task_prefix group_prefix states place dry_run receipt call id...
-- Returns: for each task, or for the first ones, 1 changed, 0 no such task, -1 not in the container of its state,
-- -2 too deep in pending, 10 + state refused
local before = replied(ARGV[6], ARGV[7])
if before then return before end
local codes, changed = {}, 0
for i = 8, #ARGV do
  local id = ARGV[i]
  local task_key = ARGV[1] .. id
  local container, code = removable(task_key, ARGV[3], ARGV[4], id)
  local rank = code == 1 and container == 'pending' and nearer_end(KEYS[1], id)
  if rank == nil then break end
  if rank == 0 then code = -2 end
  if code == 1 and not is_in(ARGV[2], task_key, container, id) then code = -1 end
  if code == 1 and ARGV[5] ~= '1' then
    if ARGV[4] ~= '' then forget_attempt(task_key, id) end
    if take_out(ARGV[2], task_key, container, id, rank) then
      -- A key of another type belongs to another program and stays; only the id is removed.
      if redis.call('TYPE', task_key).ok == 'hash' then
        release_lock(task_key, id)
        redis.call('DEL', task_key)
      end
      changed = changed + 1
    else
      code = -1
    end
  end
  codes[#codes + 1] = code
end
if changed == 0 then return codes end
return leave_reply(ARGV[6], ARGV[7], codes)
