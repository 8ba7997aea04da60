-- Reads active tasks whose lease is over. Those without a message can never be settled: they are dropped.
-- It ends early when the messages are large.
-- Uses: reach
-- KEYS: lease active
-- ARGV: task_prefix lease_before limit
-- Returns: id and message of each, in turn
local found, bytes = {}, 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])) do
  local message = redis.pcall('HGET', ARGV[1] .. id, 'msg')
  if type(message) == 'string' then
    found[#found + 1] = id
    found[#found + 1] = message
    bytes = bytes + #message
    if bytes > 1048576 then break end
  else
    if not within_reach(KEYS[2], id) then break end
    redis.call('LREM', KEYS[2], -1, id)
    redis.call('ZREM', KEYS[1], id)
    if message == false then redis.call('DEL', ARGV[1] .. id) end
  end
end
return found
