-- Archives tasks and trims the archive.
-- Uses: container near receipt trim
-- KEYS: pending active scheduled retry archived completed groups lease aside
-- ARGV: task_prefix group_prefix states place dry_run receipt call now id...
-- Returns: for each task, or for the first ones, 1 changed, 0 no such task, -1 not in the container of its state,
-- -2 too deep in pending, 10 + state refused
local before = replied(ARGV[6], ARGV[7])
if before then return before end
local codes, changed = {}, 0
for i = 9, #ARGV do
  local id = ARGV[i]
  local task_key = ARGV[1] .. id
  local container, code = removable(task_key, ARGV[3], ARGV[4], id)
  local rank = code == 1 and container == 'pending' and nearer_end(KEYS[1], id)
  if rank == nil then break end
  if rank == 0 then code = -2 end
  if code == 1 and not is_in(ARGV[2], task_key, container, id) then code = -1 end
  if code == 1 and redis.call('HEXISTS', task_key, 'msg') == 0 then code = 0 end
  if code == 1 and ARGV[5] ~= '1' then
    redis.call('ZADD', KEYS[5], ARGV[8], id)
    redis.call('HSET', task_key, 'state', 'archived')
    redis.call('HDEL', task_key, 'pending_since')
    if ARGV[4] ~= '' then forget_attempt(task_key, id) end
    if container ~= 'archived' then take_out(ARGV[2], task_key, container, id, rank) end
    changed = changed + 1
  end
  codes[#codes + 1] = code
end
if changed == 0 then return codes end
trim(KEYS[5], KEYS[9], ARGV[1], tonumber(ARGV[8]), changed + 100)
return leave_reply(ARGV[6], ARGV[7], codes)
