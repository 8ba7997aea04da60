-- Moves failed tasks to retry until their next attempt. Their locks stay.
-- Writes that need memory come first, so that a full Redis refuses everything or nothing.
-- Uses: count held reach
-- KEYS: active lease retry processed processed_on failed failed_on
-- ARGV: task_prefix day_expires_at (id lease_until message retry_at counted)...
-- Returns: for each task, or for the first ones, 1 settled, 0 no longer active
local counted, codes = 0, {}
for i = 3, #ARGV, 5 do
  local id = ARGV[i]
  local ours = held(KEYS[2], id, ARGV[i + 1])
  if ours and not within_reach(KEYS[1], id) then break end
  codes[#codes + 1] = 0
  if ours then
    redis.call('ZADD', KEYS[3], ARGV[i + 3], id)
    redis.call('HSET', ARGV[1] .. id, 'msg', ARGV[i + 2], 'state', 'retry')
    let_go(KEYS[1], KEYS[2], id)
    if ARGV[i + 4] == '1' then counted = counted + 1 end
    codes[#codes] = 1
  end
end
if count(counted, KEYS[4], KEYS[5], ARGV[2]) then redis.pcall('SET', KEYS[6], 0) end
count(counted, KEYS[6], KEYS[7], ARGV[2])
return codes
