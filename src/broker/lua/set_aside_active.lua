-- Sets aside active tasks whose messages cannot be decoded, with their bytes as they are. Left active, they would stop
-- the lease recovery of every Go server; archived, they would be trimmed one day.
-- Uses: aside held reach
-- KEYS: active lease aside
-- ARGV: task_prefix lease_until id...
-- Returns: for each task, or for the first ones, 1 set aside, 0 no longer active
local codes = {}
for i = 3, #ARGV do
  local id = ARGV[i]
  local ours = held(KEYS[2], id, ARGV[2])
  if ours and not within_reach(KEYS[1], id) then break end
  codes[#codes + 1] = 0
  if ours then
    set_aside(KEYS[3], ARGV[1] .. id, id)
    let_go(KEYS[1], KEYS[2], id)
    codes[#codes] = 1
  end
end
return codes
