-- Records that a scheduler entry has enqueued a task. The newest 1000 records are kept for ttl_seconds.
-- KEYS: scheduler_history
-- ARGV: now event ttl_seconds
-- Returns: nothing
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1001)
redis.call('EXPIRE', KEYS[1], ARGV[3])
