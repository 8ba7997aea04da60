-- Archives failed tasks and trims the archive. Their locks stay until they expire.
-- Writes that need memory come first, so that a full Redis refuses everything or nothing.
-- Uses: count held reach trim
-- KEYS: active lease archived processed processed_on failed failed_on aside
-- ARGV: task_prefix day_expires_at now (id lease_until claim message)...
-- Returns: for each task, or for the first ones, 1 settled, 0 no longer active
local settled, codes = 0, {}
for i = 4, #ARGV, 4 do
  local id = ARGV[i]
  local task_key = ARGV[1] .. id
  local ours = held(redis.call('ZSCORE', KEYS[2], id), task_key, ARGV[i + 1], ARGV[i + 2])
  if ours and not within_reach(KEYS[1], id) then break end
  codes[#codes + 1] = 0
  if ours then
    redis.call('ZADD', KEYS[3], ARGV[3], id)
    redis.call('HSET', task_key, 'msg', ARGV[i + 3], 'state', 'archived')
    let_go(KEYS[1], KEYS[2], task_key, id)
    settled = settled + 1
    codes[#codes] = 1
  end
end
if count(settled, KEYS[4], KEYS[5], ARGV[2]) then redis.pcall('SET', KEYS[6], 0) end
count(settled, KEYS[6], KEYS[7], ARGV[2])
trim(KEYS[3], KEYS[8], ARGV[1], tonumber(ARGV[3]), settled + 100)
return codes
