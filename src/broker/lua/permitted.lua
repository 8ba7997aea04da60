-- Which commands of those that the scripts of workers write with the user may not run. Without one of them, a script would end
-- half-way. Nothing is left of the attempts.
-- KEYS: never
-- ARGV: none
-- Returns: of each that is refused, its name and the error
local refused = {}
local function try(name, ...)
  local reply = redis.pcall(name, KEYS[1], ...)
  if type(reply) ~= 'table' or not reply.err then return true end
  refused[#refused + 1] = name
  refused[#refused + 1] = reply.err
end
try('HDEL', 'x')
try('EXPIRE', 1)
try('EXPIREAT', 1)
try('LPOP')
try('LREM', 0, 'x')
try('LSET', 0, 'x')
try('LTRIM', 0, -1)
try('SREM', 'x')
try('ZRANGESTORE', KEYS[1], 0, -1)
try('ZREM', 'x')
try('ZREMRANGEBYRANK', 0, -1)
-- The others make the key.
if not try('DEL') then return refused end
for _, call in ipairs({
  {'HSET', 'x', 'x'}, {'INCRBY', 1}, {'LPUSH', 'x'}, {'RPUSH', 'x'}, {'SADD', 'x'}, {'SET', 'x'}, {'ZADD', 0, 'x'},
}) do
  if try(unpack(call)) then redis.call('DEL', KEYS[1]) end
end
return refused
