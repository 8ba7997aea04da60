-- Gives tasks back to the consuming end of pending, so that they are served next.
-- KEYS: active lease pending
-- ARGV: task_prefix lease_before now_ns id...
-- Returns: for each task 1 settled, 0 not active any more
local codes = {}
for i = 4, #ARGV do
  local id = ARGV[i]
  codes[#codes + 1] = 0
  if held(KEYS[2], id, ARGV[2]) then
    redis.call('RPUSH', KEYS[3], id)
    redis.call('HSET', ARGV[1] .. id, 'state', 'pending', 'pending_since', ARGV[3])
    let_go(KEYS[1], KEYS[2], id)
    codes[#codes] = 1
  end
end
return codes
