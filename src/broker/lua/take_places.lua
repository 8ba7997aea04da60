-- Takes places of a limit on how many tasks of a scope run at the same time, as Asynq's x/rate does: places whose time has
-- been over for a second are free.
-- KEYS: places
-- ARGV: maximum ends_at now member...
-- Returns: how many of the members, from the first, have a place
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3] - 1)
local taken = 0
local free = ARGV[1] - redis.call('ZCARD', KEYS[1])
for at = 4, math.min(#ARGV, 3 + free) do
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[at])
  taken = taken + 1
end
return taken
