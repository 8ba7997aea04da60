-- Moves failed tasks to retry until their next attempt. Their locks stay.
-- Writes that need memory come first, so that a full Redis refuses everything or nothing.
-- Uses: count held reach
-- KEYS: active lease retry processed processed_on failed failed_on
-- ARGV: task_prefix day_expires_at (id lease_until claim message retry_at counted lost)...; `lost` is how many attempts in a
--   row have lost their lease, empty unless this one has
-- Returns: for each task, or for the first ones, 1 settled, 0 no longer active
local counted, codes = 0, {}
for i = 3, #ARGV, 7 do
  local id, lost = ARGV[i], ARGV[i + 6]
  local task_key = ARGV[1] .. id
  local ours = held(redis.call('ZSCORE', KEYS[2], id), task_key, ARGV[i + 1], ARGV[i + 2])
  if ours and not within_reach(KEYS[1], id) then break end
  codes[#codes + 1] = 0
  if ours then
    redis.call('ZADD', KEYS[3], ARGV[i + 4], id)
    redis.call('HSET', task_key, 'msg', ARGV[i + 3], 'state', 'retry')
    if lost ~= '' then redis.call('HSET', task_key, 'qctl_lost', lost) end
    let_go(KEYS[1], KEYS[2], task_key, id, lost ~= '')
    if ARGV[i + 5] == '1' then counted = counted + 1 end
    codes[#codes] = 1
  end
end
if count(counted, KEYS[4], KEYS[5], ARGV[2]) then redis.pcall('SET', KEYS[6], 0) end
count(counted, KEYS[6], KEYS[7], ARGV[2])
return codes
