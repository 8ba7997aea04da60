-- Announces the entries of a scheduler for ttl_seconds.
-- KEYS: scheduler
-- ARGV: ttl_seconds entry...
-- Returns: nothing
redis.call('DEL', KEYS[1])
for i = 2, #ARGV do
  redis.call('LPUSH', KEYS[1], ARGV[i])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
