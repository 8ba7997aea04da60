-- Moves tasks from pending to active, each under a lease, unless the queue is paused.
-- An id without a message can never be processed, so it is dropped on the way.
-- KEYS: pending active lease paused
-- ARGV: task_prefix lease_ends_at limit
-- Returns: id and message of each claimed task, in turn
local claimed = {}
if redis.call('EXISTS', KEYS[4]) == 1 then return claimed end
local limit = tonumber(ARGV[3])
for _ = 1, limit + 100 do
  if #claimed == 2 * limit then break end
  local id = redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT')
  if not id then break end
  local task_key = ARGV[1] .. id
  -- pcall: whatever else lies at this key must not leave the id stranded.
  local message = redis.pcall('HGET', task_key, 'msg')
  if type(message) == 'string' then
    redis.call('HSET', task_key, 'state', 'active')
    redis.call('HDEL', task_key, 'pending_since')
    redis.call('ZADD', KEYS[3], ARGV[2], id)
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = message
  else
    redis.call('LREM', KEYS[2], 1, id)
    redis.call('ZREM', KEYS[3], id)
    if message == false then redis.call('DEL', task_key) end
  end
end
return claimed
