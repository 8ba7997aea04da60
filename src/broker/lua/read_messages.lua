-- Reads the messages of some tasks of a sorted set, in the order of their scores.
-- KEYS: container
-- ARGV: task_prefix start stop enough_bytes
-- Returns: id and message of each, in turn, until there are enough bytes; the message is empty where there is none
local found, bytes = {}, 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], ARGV[2], ARGV[3])) do
  -- pcall: a key of another type is not a task.
  local message = redis.pcall('HGET', ARGV[1] .. id, 'msg')
  found[#found + 1] = id
  found[#found + 1] = type(message) == 'string' and message or ''
  bytes = bytes + #found[#found]
  if bytes >= tonumber(ARGV[4]) then break end
end
return found
