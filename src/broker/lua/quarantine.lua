-- Archives active tasks whose messages cannot be decoded, with their bytes as they are. Left active,
-- they would stop the lease recovery of every Go server.
-- Uses: held reach trim
-- KEYS: active lease archived
-- ARGV: task_prefix lease_before now id...
-- Returns: for each task, or for the first ones, 1 archived, 0 not active any more
local codes = {}
for i = 4, #ARGV do
  local id = ARGV[i]
  local ours = held(KEYS[2], id, ARGV[2])
  if ours and not within_reach(KEYS[1], id) then break end
  codes[#codes + 1] = 0
  if ours then
    redis.call('ZADD', KEYS[3], ARGV[3], id)
    redis.call('HSET', ARGV[1] .. id, 'state', 'archived')
    let_go(KEYS[1], KEYS[2], id)
    codes[#codes] = 1
  end
end
trim(KEYS[3], ARGV[1], tonumber(ARGV[3]), 100)
return codes
