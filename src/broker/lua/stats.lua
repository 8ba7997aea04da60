-- Reads the figures of a queue at one instant.
-- KEYS: pending active scheduled retry archived completed groups paused processed_on failed_on processed failed aside lease
-- ARGV: task_prefix now soon (in seconds)
-- Returns: six lengths, groups, paused at, four counters, ids set aside, pending_since of the next task; retries due soon,
-- scheduled tasks due, retries due, when the first scheduled task and the first retry are due, valid leases, when the first
-- lease ends. In place of a length, a counter or the groups whose key holds another type: an array with the name of that type
local function read(command, key, ...)
  local figure = redis.pcall(command, key, ...)
  if type(figure) ~= 'table' or not figure.err then return figure end
  if not string.find(figure.err, 'WRONGTYPE', 1, true) then error(figure.err, 0) end
  return {redis.call('TYPE', key).ok}
end
-- Figures of keys whose type `read` reports, or which are for tools only.
local function quietly(...)
  local figure = redis.pcall(...)
  return (type(figure) ~= 'table' or not figure.err) and figure
end
local function first_score(key)
  local first = quietly('ZRANGE', key, 0, 0, 'WITHSCORES')
  -- A nil would end the reply.
  return first and first[2] or false
end
local next_id = redis.pcall('LINDEX', KEYS[1], -1)
-- pcall: the key of a task may hold anything.
local since = type(next_id) == 'string' and redis.pcall('HGET', ARGV[1] .. next_id, 'pending_since')
return {
  read('LLEN', KEYS[1]),
  read('LLEN', KEYS[2]),
  read('ZCARD', KEYS[3]),
  read('ZCARD', KEYS[4]),
  read('ZCARD', KEYS[5]),
  read('ZCARD', KEYS[6]),
  read('SCARD', KEYS[7]),
  read('GET', KEYS[8]),
  read('GET', KEYS[9]),
  read('GET', KEYS[10]),
  read('GET', KEYS[11]),
  read('GET', KEYS[12]),
  read('ZCARD', KEYS[13]),
  type(since) == 'string' and since,
  quietly('ZCOUNT', KEYS[4], '-inf', ARGV[3]),
  quietly('ZCOUNT', KEYS[3], '-inf', ARGV[2]),
  quietly('ZCOUNT', KEYS[4], '-inf', ARGV[2]),
  first_score(KEYS[3]),
  first_score(KEYS[4]),
  quietly('ZCOUNT', KEYS[14], '(' .. ARGV[2], '+inf'),
  first_score(KEYS[14]),
}
