-- Announces a server and its running tasks for ttl_seconds.
-- KEYS: server workers
-- ARGV: ttl_seconds server_info (task_id worker_info)...
-- Returns: nothing
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[1])
redis.call('DEL', KEYS[2])
for i = 3, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[2], ARGV[1])
