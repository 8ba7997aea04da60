-- Gives tasks back to the consuming end of pending, so that they are served next. One whose message is gone meanwhile is
-- set aside or, if there is nothing to keep, dropped.
-- Uses: aside held reach
-- KEYS: active lease pending aside
-- ARGV: task_prefix now_ns (id lease_until claim)...
-- Returns: for each task, or for the first ones, 1 settled, 0 no longer active
local codes = {}
for i = 3, #ARGV, 3 do
  local id = ARGV[i]
  local task_key = ARGV[1] .. id
  local ours = held(redis.call('ZSCORE', KEYS[2], id), task_key, ARGV[i + 1], ARGV[i + 2])
  if ours and not within_reach(KEYS[1], id) then break end
  codes[#codes + 1] = 0
  if ours then
    -- pcall: a key of another type is not a task.
    if redis.pcall('HEXISTS', task_key, 'msg') == 1 then
      redis.call('RPUSH', KEYS[3], id)
      redis.call('HSET', task_key, 'state', 'pending', 'pending_since', ARGV[2])
    else
      set_aside(KEYS[4], task_key, id)
    end
    let_go(KEYS[1], KEYS[2], task_key, id)
    codes[#codes] = 1
  end
end
return codes
