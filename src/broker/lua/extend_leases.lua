-- Moves the leases of running tasks forward, never back.
-- KEYS: lease
-- ARGV: lease_ends_at id...
-- Returns: the ids that have no lease any more
local missing = {}
for i = 2, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    redis.call('ZADD', KEYS[1], 'XX', 'GT', ARGV[1], ARGV[i])
  else
    missing[#missing + 1] = ARGV[i]
  end
end
return missing
