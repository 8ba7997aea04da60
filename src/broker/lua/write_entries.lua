-- Announces the entries of a scheduler for ttl_seconds.
-- KEYS: scheduler
-- ARGV: ttl_seconds entry...
-- Returns: nothing
redis.call('DEL', KEYS[1])
-- unpack has a limit.
for i = 2, #ARGV, 1000 do
  redis.call('LPUSH', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
