-- Reads the messages of some tasks of a sorted set, in the order of their scores.
-- KEYS: container
-- ARGV: task_prefix start stop
-- Returns: id and message of each that has one, in turn
local found = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], ARGV[2], ARGV[3])) do
  local message = redis.pcall('HGET', ARGV[1] .. id, 'msg')
  if type(message) == 'string' then
    found[#found + 1] = id
    found[#found + 1] = message
  end
end
return found
