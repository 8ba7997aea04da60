-- Reads the figures of a queue at one instant.
-- KEYS: pending active scheduled retry archived completed groups paused processed_on failed_on processed failed aside
-- ARGV: task_prefix
-- Returns: six lengths, groups, paused at, four counters, ids set aside, pending_since of the next task. In place of a
-- figure whose key holds another type: an array with the name of that type
local function read(command, key, ...)
  local figure = redis.pcall(command, key, ...)
  if type(figure) ~= 'table' or not figure.err then return figure end
  if not string.find(figure.err, 'WRONGTYPE', 1, true) then error(figure.err, 0) end
  return {redis.call('TYPE', key).ok}
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
}
