-- Forgets a task that was kept on its way to another queue, unless another move has taken it since: then its mark differs.
-- KEYS: kept moving
-- ARGV: id mark
-- Returns: 1 forgotten, 0 another move has taken it
local mark = redis.call('HGET', KEYS[1], 'qctl_mark')
if mark and mark ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
return 1
