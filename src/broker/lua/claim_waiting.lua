-- Moves tasks that wait until their handler may run more to active, each under a lease, unless the queue is
-- paused. What has been run, changed or removed meanwhile is passed over. It ends early when the messages are
-- large.
-- KEYS: waiting retry active lease paused
-- ARGV: task_prefix lease_ends_at limit
-- Returns: how many may still wait; id and message of each claimed task, in turn
if redis.call('EXISTS', KEYS[5]) == 1 then return {0, {}} end
local limit = tonumber(ARGV[3])
local claimed, active, leases = {}, {}, {}
local looked, bytes = 0, 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, 99)) do
  if #active >= limit or bytes > 1048576 then break end
  looked = looked + 1
  -- pcall: whatever else lies at this key must not stop the others.
  local stored = redis.pcall('HMGET', ARGV[1] .. id, 'msg', 'state', 'waits_until')
  local message, due = stored[1], tonumber(stored[3] or '')
  if message and stored[2] == 'retry' and due and due == tonumber(redis.call('ZSCORE', KEYS[2], id) or '') then
    bytes = bytes + #message
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = message
    active[#active + 1] = id
    leases[#leases + 1] = ARGV[2]
    leases[#leases + 1] = id
  end
end
-- In a full Redis the first of these fails, before anything has been taken away.
if #active > 0 then
  redis.call('LPUSH', KEYS[3], unpack(active))
  redis.call('ZADD', KEYS[4], unpack(leases))
  for _, id in ipairs(active) do
    redis.call('HSET', ARGV[1] .. id, 'state', 'active')
    redis.call('HDEL', ARGV[1] .. id, 'waits_until')
  end
  redis.call('ZREM', KEYS[2], unpack(active))
end
if looked > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, looked - 1) end
return {redis.call('ZCARD', KEYS[1]), claimed}
