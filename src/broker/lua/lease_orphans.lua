-- Gives active tasks without a lease one that is over, so that recovery takes them up.
-- KEYS: active lease
-- ARGV: lease_ends_at id...
-- Returns: how many
local given = 0
for i = 2, #ARGV do
  if redis.call('LPOS', KEYS[1], ARGV[i]) then
    given = given + redis.call('ZADD', KEYS[2], 'NX', ARGV[1], ARGV[i])
  end
end
return given
