-- Moves tasks of a stale aggregation set back to their group; with the last one the set is closed. The group's name is
-- registered again: otherwise no aggregator would find the group.
-- KEYS: set aggregation_sets group groups
-- ARGV: group_name now limit
-- Returns: how many are left
local expires_at = redis.call('ZSCORE', KEYS[2], KEYS[1])
if not expires_at or tonumber(expires_at) > tonumber(ARGV[2]) then return 0 end
local back = redis.call('ZRANGE', KEYS[1], 0, ARGV[3] - 1, 'WITHSCORES')
if #back > 0 then redis.call('SADD', KEYS[4], ARGV[1]) end
for i = 1, #back, 2 do
  redis.call('ZADD', KEYS[3], back[i + 1], back[i])
  redis.call('ZREM', KEYS[1], back[i])
end
local left = redis.call('ZCARD', KEYS[1])
if left == 0 then redis.call('ZREM', KEYS[2], KEYS[1]) end
return left
