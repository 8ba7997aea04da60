-- Sets aside active tasks whose messages cannot be decoded, with their bytes as they are. Left active, they would stop
-- the lease recovery of every Go server; archived, they would be trimmed one day.
-- Uses: aside held reach
-- KEYS: active lease aside
-- ARGV: task_prefix lease_until id...
-- Returns: for each task, or for the first ones, 1 set aside, 0 no longer active
local codes = {}
for i = 3, #ARGV do
  local id = ARGV[i]
  local task_key = ARGV[1] .. id
  local ours = held(redis.call('ZSCORE', KEYS[2], id), task_key, ARGV[2], '')
  if ours and not within_reach(KEYS[1], id) then break end
  codes[#codes + 1] = 0
  if ours then
    set_aside(KEYS[3], task_key, id)
    let_go(KEYS[1], KEYS[2], task_key, id)
    codes[#codes] = 1
  end
end
return codes
