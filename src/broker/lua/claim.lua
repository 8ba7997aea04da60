-- Moves tasks from pending to active, each under a lease, unless the queue is paused.
-- An id without a message cannot be processed: it is set aside or, if there is nothing to keep, dropped. The script ends
-- early when the messages are large.
-- With patterns of handlers, and how many more tasks each may run ('' = any number), tasks beyond that number go to
-- retry, where they wait in line: their messages stay as they are, and nothing is counted. Every server forwards them
-- from retry when they are due: the more wait, the later that is, so that only so many come back in vain each second. A
-- worker with a free turn does not wait for that: see claim_waiting.
-- Uses: activate aside field
-- KEYS: pending active lease paused retry aside
-- ARGV: task_prefix lease_ends_at claim limit waiting_prefix now first_wait due_per_second (pattern turns)...
-- Returns: how many ids were looked at; id and message of each claimed task, in turn; patterns with tasks in line; the
--   ids set aside; pending_since of the first task that was looked at, if it was claimed
if redis.call('EXISTS', KEYS[4]) == 1 then return {0, {}, {}, {}, ''} end
local limit, reach = tonumber(ARGV[4]), tonumber(ARGV[4])

-- The handler of a type is the one with the longest pattern; one without a star is longer than any other.
local patterns, routes = {}, {}
for at = 9, #ARGV, 2 do
  local prefix = string.match(ARGV[at], '^(.*)%*$')
  local length = prefix and #prefix or 1 / 0
  patterns[#patterns + 1] = {name = ARGV[at], prefix = prefix, length = length, turns = tonumber(ARGV[at + 1])}
  reach = limit + 100
end
local limited = #patterns > 0
local function route_of(kind)
  local best = false
  for _, pattern in ipairs(patterns) do
    local fits = pattern.name == kind
      or pattern.prefix and string.sub(kind, 1, pattern.length) == pattern.prefix
    if fits and (not best or pattern.length >= best.length) then best = pattern end
  end
  return best
end
-- The pattern of the handler that cannot take the task now; otherwise the handler has one turn less.
local function too_many(message)
  local kind = text_field(message, 1)
  if not kind then return nil end
  if routes[kind] == nil then routes[kind] = route_of(kind) end
  local route = routes[kind]
  if not route or not route.turns then return nil end
  if route.turns <= 0 then return route.name end
  route.turns = route.turns - 1
  return nil
end

local claimed, active, odd, seen, lines, names = {}, {}, {}, {}, {}, {}
local looked, bytes, since = 0, 0, ''
local function look_at(id)
  local message
  -- pcall: a key of another type must not stop the other tasks.
  if looked == 1 then
    local stored = redis.pcall('HMGET', ARGV[1] .. id, 'msg', 'pending_since')
    message, since = stored[1], stored[2]
  else
    message = redis.pcall('HGET', ARGV[1] .. id, 'msg')
  end
  if type(message) ~= 'string' then
    odd[#odd + 1] = id
    bytes = bytes + #id
    return
  end
  if seen[id] then return end
  seen[id] = true
  bytes = bytes + #message
  local name = limited and too_many(message)
  if name then
    if looked == 1 then since = '' end
    if not lines[name] then names[#names + 1], lines[name] = name, {} end
    lines[name][#lines[name] + 1] = id
  else
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = message
    active[#active + 1] = id
  end
end
local page = limited and limit + 16 or limit
repeat
  local ids = redis.call('LRANGE', KEYS[1], -(looked + page), -(looked + 1))
  for at = #ids, 1, -1 do
    if #active >= limit or bytes > 1048576 then break end
    looked = looked + 1
    look_at(ids[at])
  end
until #active >= limit or bytes > 1048576 or looked >= reach or #ids < page
if looked == 0 then return {0, {}, {}, {}, ''} end

for _, id in ipairs(odd) do set_aside(KEYS[6], ARGV[1] .. id, id) end
-- A key of another type fails here, before anything has been moved.
for _, name in ipairs(names) do redis.call('ZCARD', ARGV[5] .. name) end
if #names > 0 then redis.call('ZCARD', KEYS[5]) end
if #active > 0 then activate(KEYS[2], KEYS[3], ARGV[1], active, ARGV[2], ARGV[3]) end
for name, line in pairs(lines) do
  local waiting, wait = ARGV[5] .. name, 0
  local count = redis.call('ZCARD', waiting)
  local place = tonumber(redis.call('ZRANGE', waiting, -1, -1, 'WITHSCORES')[2] or 0) + 1
  for _, id in ipairs(line) do
    -- NX: a task that came back in vain keeps its place.
    if redis.call('ZADD', waiting, 'NX', place, id) == 1 then count, place = count + 1, place + 1 end
    wait = ARGV[7] + math.floor(count / ARGV[8])
    local due = ARGV[6] + wait
    redis.call('ZADD', KEYS[5], due, id)
    -- Later, a task in retry may be there because it has failed: it waits for its turn if both times agree.
    redis.call('HSET', ARGV[1] .. id, 'state', 'retry', 'waits_until', due)
    redis.call('HDEL', ARGV[1] .. id, 'pending_since')
  end
  -- Ids of tasks that other workers have run meanwhile must not stay forever.
  redis.call('EXPIRE', waiting, wait + 86400)
end
local trimmed = redis.pcall('LTRIM', KEYS[1], 0, -(looked + 1))
if trimmed.err then
  -- Without the right to trim, the tasks stay pending: with a lease, recovery would run them as well.
  if #active > 0 then redis.call('ZREM', KEYS[3], unpack(active)) end
  return trimmed
end
if #active > 0 then redis.call('LPUSH', KEYS[2], unpack(active)) end
return {looked, claimed, names, set_aside_ids, since or ''}
