-- Moves tasks to pending.
-- Uses: container receipt
-- KEYS: pending active scheduled retry archived completed groups lease aside
-- ARGV: task_prefix group_prefix states place dry_run receipt call now_ns id...
-- Returns: for each task 1 changed, 0 no such task, -1 not in the container of its state, 10 + state refused
local before = replied(ARGV[6], ARGV[7])
if before then return before end
local codes, changed = {}, 0
for i = 9, #ARGV do
  local id = ARGV[i]
  local task_key = ARGV[1] .. id
  local container, code = removable(task_key, ARGV[3], ARGV[4], id)
  if code == 1 and not is_in(ARGV[2], task_key, container, id) then code = -1 end
  if code == 1 and redis.call('HEXISTS', task_key, 'msg') == 0 then code = 0 end
  if code == 1 and ARGV[5] ~= '1' then
    if container ~= 'pending' then redis.call('LPUSH', KEYS[1], id) end
    redis.call('HSET', task_key, 'pending_since', ARGV[8], 'state', 'pending')
    if ARGV[4] ~= '' then forget_attempt(task_key, id) end
    if container ~= 'pending' then take_out(ARGV[2], task_key, container, id) end
    changed = changed + 1
  end
  codes[#codes + 1] = code
end
if changed == 0 then return codes end
return leave_reply(ARGV[6], ARGV[7], codes)
