-- Reads the numbers of a queue at one instant.
-- KEYS: pending active scheduled retry archived completed groups paused processed_on failed_on processed failed
-- ARGV: task_prefix
-- Returns: six lengths, groups, paused at, four counters, pending_since of the next task to be served
local next_id = redis.call('LINDEX', KEYS[1], -1)
-- pcall: the key of a task may hold anything.
local since = next_id and redis.pcall('HGET', ARGV[1] .. next_id, 'pending_since')
return {
  redis.call('LLEN', KEYS[1]),
  redis.call('LLEN', KEYS[2]),
  redis.call('ZCARD', KEYS[3]),
  redis.call('ZCARD', KEYS[4]),
  redis.call('ZCARD', KEYS[5]),
  redis.call('ZCARD', KEYS[6]),
  redis.call('SCARD', KEYS[7]),
  redis.call('GET', KEYS[8]),
  redis.call('GET', KEYS[9]),
  redis.call('GET', KEYS[10]),
  redis.call('GET', KEYS[11]),
  redis.call('GET', KEYS[12]),
  type(since) == 'string' and since,
}
