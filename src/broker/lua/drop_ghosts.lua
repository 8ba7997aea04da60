-- Takes ids without a message out of a sorted set: nothing else can be done with them. A group that becomes
-- empty loses its name.
-- KEYS: container groups
-- ARGV: task_prefix group_name id...
-- Returns: how many
local dropped = 0
for i = 3, #ARGV do
  local message = redis.pcall('HGET', ARGV[1] .. ARGV[i], 'msg')
  if type(message) ~= 'string' then
    dropped = dropped + redis.call('ZREM', KEYS[1], ARGV[i])
    if message == false then redis.call('DEL', ARGV[1] .. ARGV[i]) end
  end
end
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[2]) end
return dropped
