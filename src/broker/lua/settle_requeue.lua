-- Gives tasks back to the consuming end of pending, so that they are served next. One whose message
-- is gone would go back as an id that nobody can process; it is dropped.
-- Uses: held reach
-- KEYS: active lease pending
-- ARGV: task_prefix lease_before now_ns id...
-- Returns: for each task, or for the first ones, 1 settled, 0 not active any more
local codes = {}
for i = 4, #ARGV do
  local id = ARGV[i]
  local task_key = ARGV[1] .. id
  local ours = held(KEYS[2], id, ARGV[2])
  if ours and not within_reach(KEYS[1], id) then break end
  codes[#codes + 1] = 0
  if ours then
    if redis.call('HEXISTS', task_key, 'msg') == 1 then
      redis.call('RPUSH', KEYS[3], id)
      redis.call('HSET', task_key, 'state', 'pending', 'pending_since', ARGV[3])
    else
      redis.call('DEL', task_key)
    end
    let_go(KEYS[1], KEYS[2], id)
    codes[#codes] = 1
  end
end
return codes
