-- Moves tasks that wait until their handler may run more to active, each under a lease, unless the queue is
-- paused. Tasks that have been run, changed or removed meanwhile are passed over. The script ends early when the
-- messages are large.
-- Uses: activate
-- KEYS: waiting retry active lease paused
-- ARGV: task_prefix lease_ends_at claim limit
-- Returns: how many may still wait; id and message of each claimed task, in turn
if redis.call('EXISTS', KEYS[5]) == 1 then return {0, {}} end
local limit = tonumber(ARGV[4])
local claimed, active = {}, {}
local looked, bytes = 0, 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, 99)) do
  if #active >= limit or bytes > 1048576 then break end
  looked = looked + 1
  -- pcall: a key of another type must not stop the other tasks.
  local stored = redis.pcall('HMGET', ARGV[1] .. id, 'msg', 'state', 'waits_until')
  local message, due = stored[1], tonumber(stored[3] or '')
  if message and stored[2] == 'retry' and due and due == tonumber(redis.call('ZSCORE', KEYS[2], id) or '') then
    bytes = bytes + #message
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = message
    active[#active + 1] = id
  end
end
if #active > 0 then
  activate(KEYS[3], KEYS[4], ARGV[1], active, ARGV[2], ARGV[3])
  redis.call('ZREM', KEYS[2], unpack(active))
  redis.call('LPUSH', KEYS[3], unpack(active))
end
if looked > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, looked - 1) end
return {redis.call('ZCARD', KEYS[1]), claimed}
