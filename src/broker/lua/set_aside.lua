-- Archives tasks of an aggregation set whose messages cannot be decoded, with their bytes as they are:
-- they cannot be merged, and deleting the set would lose them.
-- KEYS: set archived
-- ARGV: task_prefix now id...
-- Returns: how many
local moved = 0
for i = 3, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    redis.call('ZADD', KEYS[2], ARGV[2], ARGV[i])
    redis.call('HSET', ARGV[1] .. ARGV[i], 'state', 'archived')
    redis.call('ZREM', KEYS[1], ARGV[i])
    moved = moved + 1
  end
end
return moved
