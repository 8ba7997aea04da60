-- Moves tasks of an aggregation set that is long over, or has no entry, back to their group, and lists the group. With the
-- last one the entry is removed.
-- KEYS: set aggregation_sets group groups
-- ARGV: group_name over_before dry_run limit
-- Returns: 1 repaired, 0 not; whether there may be more
local expires_at = redis.call('ZSCORE', KEYS[2], KEYS[1])
if expires_at and tonumber(expires_at) > tonumber(ARGV[2]) then return {0, 0} end
local back = redis.call('ZRANGE', KEYS[1], 0, ARGV[4] - 1, 'WITHSCORES')
if not expires_at and #back == 0 then return {0, 0} end
if ARGV[3] == '1' then return {1, 0} end
if #back > 0 then redis.call('SADD', KEYS[4], ARGV[1]) end
for i = 1, #back, 2 do
  redis.call('ZADD', KEYS[3], back[i + 1], back[i])
  redis.call('ZREM', KEYS[1], back[i])
end
local left = redis.call('EXISTS', KEYS[1])
if left == 0 then redis.call('ZREM', KEYS[2], KEYS[1]) end
return {1, left}
