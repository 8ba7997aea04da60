-- Moves the leases of running tasks forward, never back. A full Redis refuses what needs memory unless
-- something that needs none was written before; leases must be held there too, so nothing is removed first.
-- KEYS: lease
-- ARGV: lease_ends_at id...
-- Returns: the ids that have no lease any more
local missing = {}
redis.call('ZREM', KEYS[1], '')
for i = 2, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    redis.call('ZADD', KEYS[1], 'XX', 'GT', ARGV[1], ARGV[i])
  else
    missing[#missing + 1] = ARGV[i]
  end
end
return missing
