-- Moves the leases of running tasks forward, never back. A full Redis refuses what needs memory unless a write that
-- needs none came before; leases must be extended there too, so the script starts with a removal that does nothing.
-- Uses: held
-- KEYS: lease
-- ARGV: lease_ends_at (id lease_until)...
-- Returns: the ids whose lease is gone, or is not the caller's any more
local missing = {}
redis.call('ZREM', KEYS[1], '')
for i = 2, #ARGV, 2 do
  if held(KEYS[1], ARGV[i], ARGV[i + 1]) then
    redis.call('ZADD', KEYS[1], 'XX', 'GT', ARGV[1], ARGV[i])
  else
    missing[#missing + 1] = ARGV[i]
  end
end
return missing
