-- Keeps tasks that succeeded until their retention has expired, with their results; releases their locks.
-- Writes that need memory come first, so that a full Redis refuses everything or nothing.
-- Uses: count held lock reach
-- KEYS: active lease completed processed processed_on
-- ARGV: task_prefix day_expires_at (id lease_until claim message expires_at result)...
-- Returns: for each task, or for the first ones, 1 settled, 0 no longer active
local settled, codes = 0, {}
for i = 3, #ARGV, 6 do
  local id = ARGV[i]
  local task_key = ARGV[1] .. id
  local ours = held(redis.call('ZSCORE', KEYS[2], id), task_key, ARGV[i + 1], ARGV[i + 2])
  if ours and not within_reach(KEYS[1], id) then break end
  codes[#codes + 1] = 0
  if ours then
    redis.call('ZADD', KEYS[3], ARGV[i + 4], id)
    redis.call('HSET', task_key, 'msg', ARGV[i + 3], 'state', 'completed')
    if ARGV[i + 5] ~= '' then redis.call('HSET', task_key, 'result', ARGV[i + 5]) end
    let_go(KEYS[1], KEYS[2], task_key, id)
    release_lock(task_key, id)
    settled = settled + 1
    codes[#codes] = 1
  end
end
count(settled, KEYS[4], KEYS[5], ARGV[2])
return codes
