-- Opens an aggregation set with the oldest tasks of a group if the group is ripe: it has reached max_size, its oldest task
-- has waited for max_delay, or no task was added for the grace period.
-- KEYS: group groups aggregation_sets set
-- ARGV: group_name now max_size max_delay grace expires_at limit
-- Returns: how many tasks the set holds; 0 when the group is not ripe
local now, max_size, max_delay = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local size = redis.call('ZCARD', KEYS[1])
if size == 0 then
  redis.call('SREM', KEYS[2], ARGV[1])
  return 0
end
local ripe = max_size ~= 0 and size >= max_size
if not ripe and max_delay ~= 0 then
  ripe = tonumber(redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]) <= now - max_delay
end
if not ripe then
  ripe = tonumber(redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]) <= now - tonumber(ARGV[5])
end
if not ripe then return 0 end
local take = tonumber(ARGV[7])
if max_size ~= 0 then take = math.min(take, max_size) end
-- Listed first: a set that is not listed would never be found again.
redis.call('ZADD', KEYS[3], ARGV[6], KEYS[4])
local taken = redis.call('ZRANGESTORE', KEYS[4], KEYS[1], 0, take - 1)
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, taken - 1)
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[1]) end
return taken
