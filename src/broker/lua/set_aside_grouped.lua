-- Sets aside ids of an aggregation set that have no message, or one that cannot be decoded: they cannot be merged, and
-- deleting the set would lose them.
-- Uses: aside
-- KEYS: set aside
-- ARGV: task_prefix id...
-- Returns: the ids set aside
for i = 2, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    set_aside(KEYS[2], ARGV[1] .. ARGV[i], ARGV[i])
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return set_aside_ids
