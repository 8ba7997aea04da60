-- Deletes tasks that succeeded and releases their locks.
-- KEYS: active lease processed processed_on
-- ARGV: task_prefix lease_before day_expires_at id...
-- Returns: for each task, or for the first ones, 1 settled, 0 not active any more
local settled, codes = 0, {}
for i = 4, #ARGV do
  local id = ARGV[i]
  local ours = held(KEYS[2], id, ARGV[2])
  if ours and not within_reach(KEYS[1], id) then break end
  codes[#codes + 1] = 0
  if ours then
    let_go(KEYS[1], KEYS[2], id)
    release_lock(ARGV[1] .. id, id)
    redis.call('DEL', ARGV[1] .. id)
    settled = settled + 1
    codes[#codes] = 1
  end
end
count(settled, KEYS[3], KEYS[4], ARGV[3])
return codes
