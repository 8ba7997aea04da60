-- Gives active tasks without a lease an expired one, so that recovery finds them; recovery also sets aside ids without a
-- task. A task in another state is not active: a claim that failed half-way has left its id there, which is removed.
-- Uses: copies
-- KEYS: lease active
-- ARGV: task_prefix lease_ends_at id...
-- Returns: how many leases
local given = 0
for i = 3, #ARGV do
  local id, task_key = ARGV[i], ARGV[1] .. ARGV[i]
  -- pcall: a key of another type is not a task.
  local state = redis.pcall('HGET', task_key, 'state')
  if type(state) == 'string' and state ~= 'active' and redis.call('HEXISTS', task_key, 'msg') == 1 then
    if not redis.call('ZSCORE', KEYS[1], id) then remove_copies(KEYS[2], id) end
  else
    given = given + redis.call('ZADD', KEYS[1], 'NX', ARGV[2], id)
  end
end
return given
