-- Stores the outcome of a tick and marks the tick as fired. After `cron run`, tick is empty. If `over` is 0,
-- the tick has failed and stays due: only the outcome is stored.
-- KEYS: schedule history
-- ARGV: tick owner record over most_records ttl_seconds
-- Returns: 1 stored, 0 already settled, or the schedule no longer exists
local known = redis.call('HMGET', KEYS[1], 'definition', 'fired', 'claim')
if not known[1] then return 0 end
local tick = tonumber(ARGV[1])
if tick and tonumber(known[2] or '') and tick <= tonumber(known[2]) then return 0 end
redis.call('HSET', KEYS[1], 'outcome', ARGV[3])
if ARGV[4] == '1' then
  if tick then redis.call('HSET', KEYS[1], 'fired', ARGV[1]) end
  redis.call('LPUSH', KEYS[2], ARGV[3])
  redis.call('LTRIM', KEYS[2], 0, ARGV[5] - 1)
  redis.call('EXPIRE', KEYS[2], ARGV[6])
end
if tick and string.match(known[3] or '', '^%d+ (.*)$') == ARGV[2] then
  redis.call('HDEL', KEYS[1], 'claim')
end
return 1
