-- Gives active tasks without a lease one that is over, so that recovery takes them up. The state is
-- asked, not the list, which may be long; an id without a task is for recovery to drop.
-- KEYS: lease
-- ARGV: task_prefix lease_ends_at id...
-- Returns: how many
local given = 0
for i = 3, #ARGV do
  local state = redis.pcall('HGET', ARGV[1] .. ARGV[i], 'state')
  if type(state) ~= 'string' or state == 'active' then
    given = given + redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[i])
  end
end
return given
