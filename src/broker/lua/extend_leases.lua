-- Moves the leases of running tasks forward, never back. A full Redis refuses what needs memory unless a write that
-- needs none came before; leases must be extended there too, so the script starts with a removal that does nothing.
-- Uses: held
-- KEYS: lease
-- ARGV: task_prefix lease_ends_at (id claim)...
-- Returns: the ids whose lease is gone, or is not the caller's any more
local missing = {}
redis.call('ZREM', KEYS[1], '')
for i = 3, #ARGV, 2 do
  local id = ARGV[i]
  if held(redis.call('ZSCORE', KEYS[1], id), ARGV[1] .. id, '', ARGV[i + 1]) then
    redis.call('ZADD', KEYS[1], 'XX', 'GT', ARGV[2], id)
  else
    missing[#missing + 1] = id
  end
end
return missing
