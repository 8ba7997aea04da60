-- Replaces the message of a scheduled task, and moves its uniqueness lock to the new key for the remaining time.
-- Uses: state
-- KEYS: task unique_lock
-- ARGV: id message old_message
-- Returns: 1 changed, 0 no such task, -1 duplicate, -2 changed meanwhile, 10 + state refused
local state, code = admissible(KEYS[1], ',scheduled,')
if code ~= 1 then return code end
if redis.call('HGET', KEYS[1], 'msg') ~= ARGV[3] then return -2 end
local old = redis.call('HGET', KEYS[1], 'unique_key')
local owned = old and old ~= '' and redis.pcall('GET', old) == ARGV[1]
if owned and old ~= KEYS[2] then
  if redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
  local left = redis.call('PTTL', old)
  redis.call('SET', KEYS[2], ARGV[1])
  if left >= 0 then redis.call('PEXPIRE', KEYS[2], math.max(left, 1)) end
  redis.call('HSET', KEYS[1], 'unique_key', KEYS[2])
  redis.call('DEL', old)
end
redis.call('HSET', KEYS[1], 'msg', ARGV[2])
return 1
