-- Moves tasks from pending to active, each under a lease, unless the queue is paused.
-- An id without a message can never be processed, so it is dropped on the way.
-- KEYS: pending active lease paused
-- ARGV: task_prefix lease_ends_at limit
-- Returns: how many ids it has looked at; id and message of each claimed task, in turn
local claimed, looked = {}, 0
if redis.call('EXISTS', KEYS[4]) == 1 then return {0, claimed} end
local limit = tonumber(ARGV[3])
while looked < limit + 100 and #claimed < 2 * limit do
  local id = redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT')
  if not id then break end
  looked = looked + 1
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
return {looked, claimed}
