-- Gives active tasks without a lease one that is over (missing), or removes the leases of tasks that are not active (stray).
-- KEYS: lease
-- ARGV: task_prefix why dry_run lease_ends_at id...
-- Returns: for each task 1 repaired, 0 not
local codes = {}
for i = 5, #ARGV do
  local id = ARGV[i]
  local stored = redis.pcall('HMGET', ARGV[1] .. id, 'state', 'msg')
  local active = not stored.err and stored[1] == 'active' and stored[2] and true
  local leased = redis.call('ZSCORE', KEYS[1], id) ~= false
  local wrong = ARGV[2] == 'missing' and active and not leased or ARGV[2] == 'stray' and leased and not active
  if wrong and ARGV[3] ~= '1' then
    if leased then redis.call('ZREM', KEYS[1], id) else redis.call('ZADD', KEYS[1], 'NX', ARGV[4], id) end
  end
  codes[#codes + 1] = wrong and 1 or 0
end
return codes
